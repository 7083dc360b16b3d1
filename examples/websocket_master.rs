//! A master on a WebSocket: it holds one document for all who connect.
//!
//! ```text
//! cargo run --example websocket_master                             # on 127.0.0.1:7007, in memory
//! cargo run --example websocket_master -- --port 0 --file doc.log  # on a free port, and begins again from its file
//! ```
//!
//! `examples/websocket_client.rs` is the other side. One thread holds the machine and does what it says, one thread carries the messages of each
//! connection. The file has the stored master in its first line, and an action in each of the others: an action is on the disk before anybody
//! hears of it.

#[path = "websocket/link.rs"]
mod link;

use deltamerge::resync::{Limits, Logged, Master, Options, Output};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    env,
    error::Error,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    thread,
};

/// How many messages may wait for a connection; one that is further behind is dropped, and joins again.
const WAITING: usize = 10_000;

/// What a connection's thread tells the machine's.
enum Input {
    Opened(SyncSender<String>),
    Text(String),
    Closed,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut port, mut file) = (7007, None);
    let mut arguments = env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next();
        match (name.as_str(), value) {
            ("--port", Some(value)) => port = value.parse()?,
            ("--file", Some(value)) => file = Some(PathBuf::from(value)),
            (_, _) => return Err("usage: websocket_master [--port PORT] [--file FILE]".into()),
        }
    }
    let options = Options {
        limits: Limits {
            message_bytes: 4 << 20,
            ..Limits::default()
        },
        ..Options::default()
    };
    let master = match &file {
        Some(file) => restored(file, &options)?,
        None => None,
    };
    let master = match master {
        Some(master) => master,
        None => Master::new(json!({}), options.clone())?,
    };
    let log = match &file {
        Some(file) => Some(begin_log(file, &master)?),
        None => None,
    };

    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("listening on {}", listener.local_addr()?);
    let (inputs, queue) = channel();
    let config = link::config(options.limits.message_bytes);
    thread::spawn(move || {
        for (connection, stream) in (0..).zip(listener.incoming().flatten()) {
            let inputs = inputs.clone();
            thread::spawn(move || serve(stream, connection, &inputs, config));
        }
    });
    drive(master, log, &queue)?;
    Ok(())
}

/// Carries the messages of one connection.
fn serve(
    stream: TcpStream,
    connection: u64,
    inputs: &Sender<(u64, Input)>,
    config: tungstenite::protocol::WebSocketConfig,
) {
    let socket = tungstenite::accept_with_config(stream, Some(config));
    let Ok(mut socket) = socket else {
        return;
    };
    let (sender, outgoing) = sync_channel(WAITING);
    // The machine's thread ends only with the process.
    let tell = |input| {
        let _ = inputs.send((connection, input));
    };
    tell(Input::Opened(sender));
    let end = link::carry(&mut socket, &outgoing, |text| tell(Input::Text(text)));
    tell(Input::Closed);
    eprintln!("connection {connection}: {end}");
}

/// Drives the machine, as the documentation of `deltamerge::resync` says. It ends when the disk fails: then nothing more may be acknowledged.
fn drive(
    mut master: Master,
    mut log: Option<File>,
    queue: &Receiver<(u64, Input)>,
) -> io::Result<()> {
    let mut connections = HashMap::new();
    for (connection, input) in queue {
        match input {
            Input::Opened(sender) => {
                connections.insert(connection, sender);
            }
            Input::Text(text) => master.handle_text(connection, &text),
            Input::Closed => {
                connections.remove(&connection);
                master.disconnect(connection);
            }
        }
        while let Some(output) = master.poll() {
            match output {
                Output::Store(logged) => {
                    if let Some(log) = &mut log {
                        append(log, &logged)?;
                    }
                    println!("{} {}", logged.sequence, master.state());
                }
                Output::Send { to, message } => {
                    let text = serde_json::to_string(&*message)?;
                    let sent = connections.get(&to).map(|sender| sender.try_send(text));
                    if sent.is_some_and(|sent| sent.is_err()) {
                        // Without its sender the connection ends, and says so.
                        connections.remove(&to);
                    }
                }
            }
        }
    }
    Ok(())
}

fn append(log: &mut File, logged: &Logged) -> io::Result<()> {
    let mut line = serde_json::to_string(logged)?;
    line.push('\n');
    log.write_all(line.as_bytes())?;
    log.sync_data()
}

/// The master that a file holds, if there is one.
fn restored(file: &Path, options: &Options) -> Result<Option<Master>, Box<dyn Error>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // Who is killed while writing leaves half a line, of which nobody has heard.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut lines = whole.lines();
    let stored: Value = serde_json::from_str(lines.next().unwrap_or_default())?;
    let since: Result<Vec<Logged>, _> = lines.map(serde_json::from_str).collect();
    Ok(Some(Master::restore(stored, since?, options.clone())?))
}

/// Writes the master into its file as one line, and gives the file to append to.
fn begin_log(file: &Path, master: &Master) -> io::Result<File> {
    link::replace(file, &format!("{}\n", master.stored()))?;
    OpenOptions::new().append(true).open(file)
}
