//! A client on a WebSocket: edits from standard input, the document on standard output.
//!
//! ```text
//! cargo run --example websocket_client -- --actor ann
//! cargo run --example websocket_client -- --actor bob --port 7007 --file bob.json   # begins again from its file
//! ```
//!
//! It reads one command a line:
//!
//! ```text
//! set /path JSON      changes what is there, or adds a member
//! add /path JSON      adds a member, or an element of an array
//! remove /path
//! show                tells the revision, how much is pending, and the document
//! quit
//! ```
//!
//! `examples/websocket_master.rs` is the other side. The main thread holds the machine; one thread reads the commands, one keeps a
//! connection, and makes a new one when that breaks.

#[path = "websocket/link.rs"]
mod link;

use deltamerge::{
    Delta, DeltaSet,
    resync::{Client, Event, Healing, Options},
};
use serde_json::Value;
use std::{
    env,
    error::Error,
    fs, io,
    net::TcpStream,
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

/// How long to wait for an answer, and how long for anything at all, before the machine is told.
const ANSWER: Duration = Duration::from_secs(1);
const HEARTBEAT: Duration = Duration::from_secs(30);
/// How long to wait before the next try to connect: first, and at most.
const BACK_OFF: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// What the other threads tell the machine's.
enum Input {
    Line(String),
    /// There are no more commands.
    Finished,
    Opened(Sender<String>),
    Text(String),
    Closed,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut actor, mut port, mut file) = (None, 7007, None);
    let mut arguments = env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next();
        match (name.as_str(), value) {
            ("--actor", Some(value)) => actor = Some(value),
            ("--port", Some(value)) => port = value.parse()?,
            ("--file", Some(value)) => file = Some(PathBuf::from(value)),
            (_, _) => return Err(USAGE.into()),
        }
    }
    let options = Options::default();
    let stored = file.as_ref().filter(|file| file.exists());
    let client = match (stored, actor) {
        (Some(file), _) => {
            let stored = serde_json::from_str(&fs::read_to_string(file)?)?;
            Client::restore(stored, options)?
        }
        (None, Some(actor)) => Client::new(actor, options),
        (None, None) => return Err(USAGE.into()),
    };
    let (inputs, queue) = channel();
    let lines = inputs.clone();
    thread::spawn(move || read_lines(&lines));
    thread::spawn(move || keep_connected(port, &inputs));
    let mut driver = Driver {
        client,
        file,
        connection: None,
        heard: Instant::now(),
    };
    driver.run(&queue)?;
    Ok(())
}

const USAGE: &str = "usage: websocket_client --actor NAME [--port PORT] [--file FILE]";

// The machine's thread ends only with the process, so nobody is left whom a failed `send` would concern.

fn read_lines(inputs: &Sender<Input>) {
    for line in io::stdin().lines().map_while(Result::ok) {
        let _ = inputs.send(Input::Line(line));
    }
    let _ = inputs.send(Input::Finished);
}

fn keep_connected(port: u16, inputs: &Sender<Input>) {
    let config = link::config(Options::default().limits.message_bytes);
    let mut back_off = BACK_OFF[0];
    loop {
        let stream = TcpStream::connect(("127.0.0.1", port));
        let socket = stream.ok().and_then(|stream| {
            let url = format!("ws://127.0.0.1:{port}/");
            let socket = tungstenite::client::client_with_config(url, stream, Some(config));
            socket.ok()
        });
        if let Some((mut socket, _)) = socket {
            back_off = BACK_OFF[0];
            let (sender, outgoing) = channel();
            let _ = inputs.send(Input::Opened(sender));
            let end = link::carry(&mut socket, &outgoing, |text| {
                let _ = inputs.send(Input::Text(text));
            });
            let _ = inputs.send(Input::Closed);
            eprintln!("disconnected: {end}");
        }
        thread::sleep(back_off);
        back_off = (back_off * 2).min(BACK_OFF[1]);
    }
}

/// Drives the machine, as the documentation of `deltamerge::resync` says.
struct Driver {
    client: Client,
    file: Option<PathBuf>,
    connection: Option<Sender<String>>,
    /// When something was last heard, or asked again.
    heard: Instant,
}

impl Driver {
    fn run(&mut self, queue: &Receiver<Input>) -> io::Result<()> {
        self.print_document();
        loop {
            let wait = if self.client.is_waiting() {
                ANSWER
            } else {
                HEARTBEAT
            };
            match queue.recv_timeout(wait.saturating_sub(self.heard.elapsed())) {
                Ok(Input::Line(line)) => match self.command(line.trim()) {
                    Ok(true) => {}
                    Ok(false) => return Ok(()),
                    Err(error) => println!("no: {error}"),
                },
                Ok(Input::Finished) => return Ok(()),
                Ok(Input::Opened(sender)) => {
                    self.connection = Some(sender);
                    self.heard = Instant::now();
                    self.client.connect();
                }
                Ok(Input::Text(text)) => {
                    self.heard = Instant::now();
                    self.client.handle_text(&text);
                }
                Ok(Input::Closed) => {
                    self.connection = None;
                    self.client.disconnect();
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.heard = Instant::now();
                    self.client.timeout();
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            self.carry_on()?;
        }
    }

    /// Sends and tells what the machine has to say.
    fn carry_on(&mut self) -> io::Result<()> {
        while let Some(message) = self.client.poll_message() {
            let text = serde_json::to_string(&message)?;
            if let Some(connection) = &self.connection {
                // Where the connection is gone, its thread says so next.
                let _ = connection.send(text);
            }
        }
        while let Some(event) = self.client.poll_event() {
            match event {
                Event::Updated(_) => self.print_document(),
                // The first state: there was none that it could differ from.
                Event::Healed(Healing::FullState { paths }) if paths.is_empty() => {
                    self.print_document();
                }
                Event::Healed(_) | Event::Acknowledged { .. } => {}
                Event::GivenUp { refusal, .. } | Event::Refused(refusal) => {
                    println!("no: {refusal}")
                }
                Event::Unreadable { reason, .. } => eprintln!("cannot be read: {reason}"),
            }
        }
        Ok(())
    }

    fn print_document(&self) {
        if let Some(shown) = self.client.shown() {
            println!("{shown}");
        }
    }

    /// Does what the user says; gives whether there may be more.
    fn command(&mut self, line: &str) -> Result<bool, Box<dyn Error>> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (path, value) = rest.split_once(' ').unwrap_or((rest, ""));
        let value = || serde_json::from_str::<Value>(value);
        let there = self.client.shown().and_then(|shown| shown.pointer(path));
        let delta = match verb {
            "" => return Ok(true),
            "quit" => return Ok(false),
            "show" => {
                let client = &self.client;
                let revision = client
                    .revision()
                    .map_or("no revision".into(), |it| it.to_string());
                let (state, pending) = (client.state_name(), client.pending());
                println!("{state}, {pending} pending, {revision}");
                self.print_document();
                return Ok(true);
            }
            "set" if there.is_some() => Delta::change(path.parse()?, value()?),
            "set" | "add" => Delta::add(path.parse()?, value()?),
            "remove" => Delta::remove(path.parse()?),
            _ => return Err("expected set, add, remove, show or quit".into()),
        };
        self.client.dispatch(DeltaSet::from_iter([delta]))?;
        // Before it is sent: who is killed now still knows what it has done, and under which number.
        if let Some(file) = &self.file {
            link::replace(file, &self.client.stored().to_string())?;
        }
        self.print_document();
        Ok(true)
    }
}
