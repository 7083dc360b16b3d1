//! `deltamerge batch`: the JSON Lines door, between standard input and standard output.

use crate::failure::Failure;
use crate::input::{BYTE_ORDER_MARK, Bound, reason};
use deltamerge::batch::reply_within;
use serde_json::json;
use std::io::{self, BufRead, ErrorKind, Read, Write};

const EXAMPLES: &str = "\
EXAMPLES
  echo '{\"do\":\"diff\",\"before\":{\"hp\":7},\"after\":{\"hp\":5}}' | deltamerge batch
  echo '{\"do\":\"apply\",\"base\":[1],\"deltas\":[{\"op\":\"remove\",\"path\":\"/0\"}]}' | deltamerge batch
  deltamerge batch < examples/requests.jsonl";

/// Answers JSON Lines: a request a line in, a reply a line out
///
/// Replies come in the order of the requests, each as soon as it is there. A bad line gets
/// an error reply, and the next is served. The requests:
///
///   {"do":"merge","base":B,"actions":[{"stamp":[3,"alice"],"deltas":[...]}, ...], "rules"?:...}
///   {"do":"diff","before":B,"after":A}
///   {"do":"apply","base":B,"deltas":[...],"lenient"?}
///   {"do":"rebase","base":B,"over":ACTION,"action":ACTION,"rules"?:...}
///   {"do":"compose","base":B,"first":[...],"second":[...]}
///   {"do":"invert","base":B,"deltas":[...]}
///   {"do":"checksum","document":B,"path"?:P,"form"?:"strong" or "movex"}
///
/// A reply is {"ok":{...}} or {"error":{"code":"...","message":"...","path"?:"..."}};
/// spec/delta.md has all of it.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES, verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Skips a line of more than BYTES, with an error reply
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
    max_line: usize,

    #[command(flatten)]
    bound: Bound,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let served = serve(&mut io::stdin().lock(), &mut io::stdout().lock(), arguments);
    match served {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(
            format!(
                "standard input or output: cannot be served: {}",
                reason(&error)
            ),
            "every reply that was written is whole; send the other requests again",
        )),
        // Whoever reads has read enough.
        Err(_) | Ok(()) => Ok(()),
    }
}

fn serve(
    input: &mut impl BufRead,
    output: &mut impl Write,
    arguments: &Arguments,
) -> io::Result<()> {
    let longest = arguments.max_line;
    let mut line = Vec::new();
    let mut is_first = true;
    while let Some(size) = read_line(input, &mut line, longest)? {
        let mut reply = answer(&line, size, arguments, is_first);
        reply.push('\n');
        output.write_all(reply.as_bytes())?;
        output.flush()?;
        is_first = false;
        line.clear();
        line.shrink_to(1 << 16);
    }
    Ok(())
}

enum Size {
    Whole,
    TooLong,
}

/// Reads a line without its end. Of one that is too long, what is left is skipped without being held.
fn read_line(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
    longest: usize,
) -> io::Result<Option<Size>> {
    let room = (longest as u64).saturating_add(1);
    if input.by_ref().take(room).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > longest {
        input.skip_until(b'\n')?;
        return Ok(Some(Size::TooLong));
    }
    Ok(Some(Size::Whole))
}

fn answer(line: &[u8], size: Size, arguments: &Arguments, is_first: bool) -> String {
    let (longest, depth) = (arguments.max_line, arguments.bound.depth);
    let reply = |text| reply_within(text, depth);
    match (size, std::str::from_utf8(line)) {
        (Size::TooLong, _) => refusal(
            "bad-request",
            format!("expected a line of at most {longest} bytes, found a longer one"),
        ),
        (Size::Whole, Err(error)) => {
            let at = error.valid_up_to();
            let (byte, column) = (line[at], at + 1);
            refusal(
                "bad-json",
                format!("expected text in UTF-8, found the byte 0x{byte:02x} at column {column}"),
            )
        }
        (Size::Whole, Ok(text)) if is_first => reply(text.trim_start_matches(BYTE_ORDER_MARK)),
        (Size::Whole, Ok(text)) => reply(text),
    }
}

fn refusal(code: &str, message: String) -> String {
    json!({"error": {"code": code, "message": message}}).to_string()
}
