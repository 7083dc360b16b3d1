//! The examples of a real transport, as processes: they edit one document, are killed in the middle of it, begin again, and agree.
//!
//! `cargo test` builds them first; `cargo test --test websocket` alone does not, and takes those that `cargo build --examples` left.

use deltamerge::{
    checksum,
    resync::{Logged, Master, Options},
};
use serde_json::{Value, json};
use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

/// Generous, for a machine that has much else to do; nothing waits longer than it must.
const DEADLINE: Duration = Duration::from_secs(60);

/// An example that runs; it ends with the test, whatever the test comes to.
struct Process {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Process {
    fn start(example: &str, arguments: &[&str]) -> Process {
        let mut child = Command::new(program(example))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Process {
            child,
            stdin,
            lines,
        }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(DEADLINE).expect("a line in time")
    }

    fn say(&mut self, command: &str) {
        writeln!(self.stdin, "{command}").expect("it listens");
    }

    /// What `show` tells: the status, and the document if there is one.
    fn show(&mut self) -> (String, Value) {
        self.say("show");
        loop {
            let line = self.line();
            if line.contains(" pending, no revision") {
                return (line, Value::Null);
            }
            if line.contains(" pending, ") {
                return (line, deltamerge::parse(&self.line()).expect("JSON"));
            }
        }
    }

    /// Waits for a document.
    fn show_until(&mut self, is_it: impl Fn(&str, &Value) -> bool) -> (String, Value) {
        let start = Instant::now();
        loop {
            let (status, document) = self.show();
            if is_it(&status, &document) {
                return (status, document);
            }
            assert!(start.elapsed() < DEADLINE, "{status} {document}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it as a power cut would.
    fn kill(mut self) {
        self.child.kill().expect("it ran");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where cargo has put an example: beside the folder of this test.
fn program(example: &str) -> PathBuf {
    let test = env::current_exe().expect("a path");
    let folder = test.parent().and_then(Path::parent).expect("a folder");
    let program = folder.join("examples").join(example);
    let program = program.with_extension(env::consts::EXE_EXTENSION);
    assert!(program.exists(), "build it with cargo build --examples");
    program
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let folder = env::temp_dir().join(format!("deltamerge-websocket-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Folder(folder)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a plain name").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn killed_processes_begin_again_and_agree() {
    let folder = Folder::new();
    let log = folder.file("master");
    let start_master = |port: &str| {
        let master = Process::start("websocket_master", &["--port", port, "--file", &log]);
        let line = master.line();
        let port = line.rsplit(':').next().expect("a port").to_owned();
        (master, port)
    };
    let (master, port) = start_master("0");
    let start_client = |actor: &str| {
        let file = folder.file(actor);
        let arguments = ["--actor", actor, "--port", &port, "--file", &file];
        Process::start("websocket_client", &arguments)
    };
    let mut clients = ["ann", "bob"].map(start_client);
    for client in &mut clients {
        client.show_until(|status, _| status.starts_with("live"));
    }

    // Both at once, each its own member, and both the same one.
    let mut actions = 0;
    let mut edit = |clients: &mut [Process; 2], from: usize| {
        for number in from..from + 5 {
            for (client, actor) in clients.iter_mut().zip(["ann", "bob"]) {
                client.say(&format!("add /{actor}{number} {number}"));
                client.say(&format!(r#"set /last "{actor}{number}""#));
                actions += 2;
            }
        }
    };
    edit(&mut clients, 0);
    master.kill();
    // Without a master everybody goes on.
    edit(&mut clients, 5);
    for client in &mut clients {
        client.show();
    }
    let [ann, bob] = clients;
    ann.kill();
    let (master, again) = start_master(&port);
    assert_eq!(again, port);
    let mut clients = [start_client("ann"), bob];
    edit(&mut clients, 10);
    // In the middle of it, once more.
    let [ann, mut bob] = clients;
    master.kill();
    let (_master, _) = start_master(&port);
    let mut clients = {
        let mut ann = ann;
        ann.show();
        ann.kill();
        bob.show();
        [start_client("ann"), bob]
    };

    let is_quiet = |status: &str, _: &Value| status.starts_with("live, 0 pending");
    let mut shown = clients.each_mut().map(|client| client.show_until(is_quiet));
    // Bob may still have had something to do when Ann was asked.
    for (client, shown) in clients.iter_mut().zip(&mut shown) {
        let all = |status: &str, _: &Value| status.ends_with(&format!(" at {actions}"));
        *shown = client.show_until(all);
    }
    let [(anns, document), bobs] = shown;
    assert_eq!((&anns, &document), (&bobs.0, &bobs.1));
    for number in 0..15 {
        for actor in ["ann", "bob"] {
            assert_eq!(document[format!("{actor}{number}")], json!(number));
        }
    }
    assert!(anns.contains(&checksum(&document).to_string()));

    let mut late = start_client("chloe");
    let (status, latest) = late.show_until(is_quiet);
    assert_eq!((status, latest), (anns, document.clone()));
    let stored = restored(&log);
    assert_eq!(stored.state(), &document);
    assert_eq!(stored.revision().sequence, actions);
}

#[test]
fn the_readme_s_commands_join_two_terminals() {
    const COMMAND: &str = "$ cargo run -q --example ";
    let readme = include_str!("../README.md");
    let commands = readme.lines().filter_map(|line| line.strip_prefix(COMMAND));
    let mut port = "0".to_owned();
    let mut processes: Vec<Process> = Vec::new();
    for command in commands {
        let (example, arguments) = command.split_once(" -- ").unwrap_or((command, ""));
        // A port that is free, for many tests may run at once.
        let arguments = arguments.split_whitespace().chain(["--port", &port]);
        let process = Process::start(example, &arguments.collect::<Vec<_>>());
        if processes.is_empty() {
            let line = process.line();
            port = line.rsplit(':').next().expect("a port").to_owned();
        }
        processes.push(process);
    }
    let [_master, ann, bob] = &mut processes[..] else {
        panic!("expected a master and two clients");
    };
    let edit = readme.split("such as `").nth(1).expect("an edit");
    ann.show_until(|status, _| status.starts_with("live"));
    ann.say(edit.split('`').next().expect("its end"));
    bob.show_until(|_, document| document["title"] == "Lisbon");
}

/// The master that is on the disk.
fn restored(log: &str) -> Master {
    let text = fs::read_to_string(log).expect("a file");
    let mut lines = text.lines();
    let stored = serde_json::from_str(lines.next().expect("a master")).expect("JSON");
    let since: Vec<Logged> = lines
        .map(|line| serde_json::from_str(line).expect("an action"))
        .collect();
    Master::restore(stored, since, Options::default()).expect("a sound log")
}
