//! Names the messages of a client.

use super::frame::Frame;

/// The version numbers that stand for something else than a login.
pub(super) const CANCEL_REQUEST: u32 = 80_877_102;
pub(super) const SSL_REQUEST: u32 = 80_877_103;
pub(super) const GSSENC_REQUEST: u32 = 80_877_104;

/// How many characters of SQL are kept.
const LIMIT: usize = 200;

/// The version number at the beginning of an untyped message.
pub(super) fn version(frame: &Frame) -> u32 {
    frame
        .head
        .first_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

pub(super) fn label(frame: &Frame) -> String {
    let name = match frame.tag {
        0 => match version(frame) {
            CANCEL_REQUEST => "CancelRequest",
            SSL_REQUEST => "SSLRequest",
            GSSENC_REQUEST => "GSSENCRequest",
            _ => "Startup",
        },
        b'Q' => return format!("Query {}", sql(&frame.head)),
        b'P' => {
            // The name of the statement comes first.
            let name_end = frame.head.iter().position(|&byte| byte == 0);
            let rest = name_end.and_then(|end| frame.head.get(end + 1..));
            return format!("Parse {}", sql(rest.unwrap_or_default()));
        }
        b'B' => "Bind",
        b'C' => "Close",
        b'D' => "Describe",
        b'E' => "Execute",
        b'F' => "FunctionCall",
        b'H' => "Flush",
        b'S' => "Sync",
        b'X' => "Terminate",
        b'c' => "CopyDone",
        b'd' => "CopyData",
        b'f' => "CopyFail",
        // A password or another step of an authentication.
        b'p' => "Password",
        other => return format!("Unknown {:?}", char::from(other)),
    };
    name.to_owned()
}

/// The text up to its terminator, on one line.
fn sql(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    let text = String::from_utf8_lossy(&bytes[..end]);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(tag: u8, head: &[u8]) -> String {
        label(&Frame {
            tag,
            head: head.to_vec(),
        })
    }

    #[test]
    fn statements_show_their_sql_on_one_line() {
        assert_eq!(
            labelled(b'Q', b"BEGIN;\n  SELECT 1\0"),
            "Query BEGIN; SELECT 1"
        );
        assert_eq!(labelled(b'P', b"name\0SELECT $1\0\0\0"), "Parse SELECT $1");
        let long = labelled(b'Q', "ä".repeat(300).as_bytes());
        assert_eq!(long.chars().count(), "Query ".len() + LIMIT + 1);
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(labelled(b'p', b"secret\0"), "Password");
        assert_eq!(labelled(b'B', b"\0\0\0\x01secret"), "Bind");
        assert_eq!(labelled(0, b"\0\x03\0\0user\0ann\0"), "Startup");
        assert_eq!(labelled(0, &SSL_REQUEST.to_be_bytes()), "SSLRequest");
    }
}
