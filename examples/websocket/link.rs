//! What the master and the client of these examples share: carrying text over one WebSocket, and files that survive a power cut.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    net::TcpStream,
    path::Path,
    sync::mpsc::{Receiver, TryRecvError},
    time::Duration,
};
use tungstenite::{Error, Message, WebSocket, protocol::WebSocketConfig};

/// How long a socket listens before it looks whether there is something to send.
const TURN: Duration = Duration::from_millis(10);
/// How long the other side may take nothing before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Frames beyond this many bytes are not even read; up to there the master refuses by itself what is beyond its own limit.
pub(crate) fn config(message_bytes: usize) -> WebSocketConfig {
    let most = Some(message_bytes.saturating_mul(2));
    WebSocketConfig::default()
        .max_message_size(most)
        .max_frame_size(most)
}

/// Carries texts both ways until the connection ends, or nobody is left who would send on it; gives the reason.
pub(crate) fn carry(
    socket: &mut WebSocket<TcpStream>,
    outgoing: &Receiver<String>,
    mut incoming: impl FnMut(String),
) -> Error {
    let mut turn = || -> Result<(), Error> {
        socket.get_ref().set_read_timeout(Some(TURN))?;
        socket.get_ref().set_write_timeout(Some(PATIENCE))?;
        socket.get_ref().set_nodelay(true)?;
        loop {
            match socket.read() {
                Ok(Message::Text(text)) => incoming(text.as_str().to_owned()),
                Ok(_) => {}
                Err(Error::Io(error)) if is_turn_over(&error) => {}
                Err(error) => return Err(error),
            }
            loop {
                match outgoing.try_recv() {
                    Ok(text) => socket.send(Message::text(text))?,
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            }
        }
    };
    match turn() {
        Ok(()) => {
            // That the other side hears of it is a courtesy.
            let _ = socket.close(None);
            let _ = socket.flush();
            Error::ConnectionClosed
        }
        Err(error) => error,
    }
}

fn is_turn_over(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Replaces a file as a whole: after a power cut there is the old one or the new.
pub(crate) fn replace(file: &Path, text: &str) -> io::Result<()> {
    let mut aside = file.as_os_str().to_owned();
    aside.push(".new");
    let mut new = File::create(&aside)?;
    new.write_all(text.as_bytes())?;
    new.sync_all()?;
    fs::rename(&aside, file)?;
    // The new name is on the disk when its folder is. Not every system can do that to a folder.
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
    Ok(())
}
