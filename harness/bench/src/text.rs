//! Texts from outside: files that a person names, and what a process says on its end.
//!
//! Only a file is read, and only so much of it: a pipe may never end and a device never does, and a program
//! that reads them hangs, or takes all memory. Of what a process says, the folders of the machine are left
//! out: results are published.

use std::{
    borrow::Cow,
    fmt,
    fs::{self, File, FileType},
    io::{self, Read},
    path::Path,
};

/// Most bytes of a file that is read, 64 MiB. A cell of a results file takes about one kilobyte, so
/// that this is a hundred times the run of every scenario on every backend; and what is read takes
/// about ten times its length of memory, which a small machine has.
pub const MOST: u64 = 64 << 20;

/// Why a file has no text that can be read. The text says what was expected, what was found and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing of this name.
    Missing,
    /// It is something else than a file; what, in words.
    NoFile(&'static str),
    /// It is longer than [`MOST`].
    TooLong {
        /// Most bytes that are read.
        most: u64,
        /// The bytes that it has, or at least has.
        found: u64,
    },
    /// It is not UTF-8.
    NoText {
        /// Where, counted from 0.
        at: usize,
        /// The byte there.
        byte: u8,
    },
    /// What the system says.
    System(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("expected a file, found nothing of this name"),
            Self::NoFile(found) => {
                let advice = match *found {
                    "a folder" => "name a file in it",
                    _ => "write what comes from it to a file, and name that",
                };
                write!(f, "expected a file, found {found}; {advice}")
            }
            Self::TooLong { most, found } => write!(
                f,
                "expected a file of at most {most} bytes, found {found} or more; name another one, or \
                 leave something out of it"
            ),
            Self::NoText { at, byte } => {
                write!(f, "expected a text in UTF-8, found the byte 0x{byte:02x} at {at}")
            }
            Self::System(cause) => {
                write!(
                    f,
                    "expected a file that can be read, found {cause}; look at its permissions"
                )
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System(cause) => Some(cause),
            _ => None,
        }
    }
}

/// Reads a file.
///
/// # Errors
/// Whatever keeps it from being one text.
pub fn read(path: &Path) -> Result<String, Error> {
    read_up_to(path, MOST)
}

fn read_up_to(path: &Path, most: u64) -> Result<String, Error> {
    let system = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => Error::Missing,
        _ => Error::System(cause),
    };
    // The kind is asked first: to open a pipe waits for a writer.
    let there = fs::metadata(path).map_err(system)?;
    if !there.is_file() {
        return Err(Error::NoFile(kind(there.file_type())));
    }
    if there.len() > most {
        return Err(Error::TooLong { most, found: there.len() });
    }
    let mut bytes = Vec::new();
    // It may grow, and there are files that do not tell how long they are.
    let file = File::open(path).map_err(system)?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(system)?;
    if bytes.len() as u64 > most {
        return Err(Error::TooLong { most, found: bytes.len() as u64 });
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        Error::NoText { at, byte }
    })
}

/// What is no file, in words.
fn kind(found: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if found.is_fifo() {
            return "a pipe";
        }
        if found.is_socket() {
            return "a socket";
        }
        if found.is_char_device() || found.is_block_device() {
            return "a device";
        }
    }
    if found.is_dir() { "a folder" } else { "something else" }
}

/// A text of a message, cut in its middle if it is longer than anybody reads: what was found may be a name of a
/// megabyte, and what to do comes last.
///
/// ```
/// use switchback_bench::text::cut;
///
/// assert_eq!(cut("expected a name"), "expected a name");
/// assert!(cut(&"x".repeat(1_000_000)).contains("x [999200 characters left out] x"));
/// ```
#[must_use]
pub fn cut(text: &str) -> Cow<'_, str> {
    /// Characters at either end that stay.
    const END: usize = 400;
    let left_out = text.chars().count().saturating_sub(2 * END);
    if left_out == 0 {
        return Cow::Borrowed(text);
    }
    let place = |at: usize| text.char_indices().nth(at).map_or(text.len(), |(place, _)| place);
    let (head, tail) = (&text[..place(END)], &text[place(END + left_out)..]);
    Cow::Owned(format!("{head} [{left_out} characters left out] {tail}"))
}

/// A text without the folders of this machine. Of a path from the root or from home the last name stays;
/// of a crate of a registry the way within it; of the standard library the way within that. What is in
/// `/dev` and `/proc` is the same everywhere and stays.
///
/// ```
/// use switchback_bench::text::without_folders;
///
/// let said = "panicked at /home/ann/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/may-0.3.51/src/pool.rs:7:5:";
/// assert_eq!(without_folders(said), "panicked at may-0.3.51/src/pool.rs:7:5:");
/// assert_eq!(without_folders("no \"/home/ann/my work/a.py\""), "no \"a.py\"");
/// assert_eq!(without_folders("see https://example.org/a/b, and/or src/lib.rs"), "see https://example.org/a/b, and/or src/lib.rs");
/// ```
#[must_use]
pub fn without_folders(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(length) = text[at..].chars().next().map(char::len_utf8) {
        let Some(path) = path_at(text, at) else {
            at += length;
            continue;
        };
        out.push_str(&text[done..at]);
        out.push_str(short_path(path));
        at += path.len();
        done = at;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// The path that begins here, if one does: `/a/b`, `~/a`, `C:\a\b`.
fn path_at(text: &str, at: usize) -> Option<&str> {
    let (before, rest) = text.split_at(at);
    let previous = before.chars().next_back();
    let begins = |c: char| c.is_whitespace() || "\"'`([{<=,:;|@".contains(c);
    if !previous.is_none_or(begins) && !before.ends_with("file://") {
        return None;
    }
    let own = rest.strip_prefix('~').unwrap_or(rest);
    let mut letters = own.chars();
    let is_root = letters.next() == Some('/') && letters.next().is_some_and(is_name);
    let mut letters = rest.chars();
    let is_drive = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.next() == Some(':')
        && letters.next().is_some_and(is_separator)
        && letters.next().is_some_and(is_name);
    if !is_root && !is_drive {
        return None;
    }
    // A name may have blanks in it where quotes say so.
    let quoted = previous.filter(|c| "\"'`".contains(*c)).and_then(|quote| rest.find(quote));
    let from = if is_drive { 2 } else { 0 };
    let ends = |c: char| c.is_whitespace() || "\"'`()[]{}<>,:;|".contains(c);
    let plain = rest[from..].find(ends).map_or(rest.len(), |end| end + from);
    let path = &rest[..quoted.unwrap_or(plain)];
    let folders = path.trim_end_matches(is_separator).matches(is_separator).count();
    let is_everywhere = ["/dev/", "/proc/", "/sys/"].iter().any(|root| path.starts_with(root));
    let is_path = folders > 1 || path.starts_with('~');
    (is_path && !is_everywhere).then_some(path)
}

const fn is_separator(c: char) -> bool {
    matches!(c, '/' | '\\')
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '$' | '%')
}

/// What of a path says something elsewhere.
fn short_path(path: &str) -> &str {
    let slashed = path.replace('\\', "/");
    // Behind the folder of the registry there is that of the index; behind that of a compiler, its hash.
    for (mark, folders) in [("/registry/src/", 1), ("/git/checkouts/", 0), ("/rustc/", 1)] {
        if let Some(found) = slashed.find(mark) {
            let rest = &path[found + mark.len()..];
            let mut ends = rest.match_indices(is_separator).map(|(end, _)| end + 1);
            let start = if folders == 0 { Some(0) } else { ends.nth(folders - 1) };
            if let Some(start) = start.filter(|start| *start < rest.len()) {
                return &rest[start..];
            }
        }
    }
    let path = path.trim_end_matches(is_separator);
    path.rsplit(is_separator).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_machine_are_left_out_however_a_path_is_written() {
        let cases = [
            ("/home/ann/a.py", "a.py"),
            ("File \"/home/ann/peers/go/main.py\", line 3", "File \"main.py\", line 3"),
            ("'/home/ann b/c d.rs' is no file", "'c d.rs' is no file"),
            ("at /home/ann/lib/x.rs:3:4:", "at x.rs:3:4:"),
            ("(in /home/ann/x.lua)", "(in x.lua)"),
            ("a=/home/ann/x,b", "a=x,b"),
            ("~/secret/x.c:1", "x.c:1"),
            ("at file:///home/ann/x.mjs:2:3", "at file://x.mjs:2:3"),
            (r"at C:\Users\Ann\x.rs:2", "at x.rs:2"),
            ("at C:/Users/Ann/x.rs:2", "at x.rs:2"),
            ("/home/ann/folder/", "folder"),
            (
                r"at C:\Users\Ann\.cargo\registry\src\index.crates.io-1\may-0.3\src\x.rs:1",
                r"at may-0.3\src\x.rs:1",
            ),
            (
                "at /rustc/59807616e1a39b2f6e3f/library/core/src/cell.rs:7:9",
                "at library/core/src/cell.rs:7:9",
            ),
            ("at /home/ann/.cargo/git/checkouts/may-1f/0ab/src/x.rs", "at may-1f/0ab/src/x.rs"),
            ("cannot open /dev/null, /proc/self/maps", "cannot open /dev/null, /proc/self/maps"),
            (
                "pingpong/hard/10 of 3/4, a / b, 1 /s, //",
                "pingpong/hard/10 of 3/4, a / b, 1 /s, //",
            ),
            ("https://example.org/a/b/c", "https://example.org/a/b/c"),
            ("src/lib.rs:1, ../x/y.rs", "src/lib.rs:1, ../x/y.rs"),
            ("\u{fc}/\u{fc}: /\u{fc}/\u{e4}/\u{f6}!", "\u{fc}/\u{fc}: \u{f6}!"),
            ("", ""),
        ];
        for (said, expected) in cases {
            assert_eq!(without_folders(said), expected, "{said}");
            assert_eq!(without_folders(expected), expected, "what is short stays");
        }
    }

    #[test]
    fn a_file_is_read_up_to_its_limit_and_no_further() {
        let path = std::env::temp_dir().join(format!("switchback-text-{}", std::process::id()));
        fs::write(&path, "four").unwrap();
        assert_eq!(read_up_to(&path, 4).unwrap(), "four");
        let said = read_up_to(&path, 3).unwrap_err().to_string();
        assert!(
            said.starts_with("expected a file of at most 3 bytes, found 4 or more; "),
            "{said}"
        );
        fs::write(&path, b"ab\xffc").unwrap();
        let said = read(&path).unwrap_err().to_string();
        assert_eq!(said, "expected a text in UTF-8, found the byte 0xff at 2");
        fs::write(&path, b"ab\xe2\x82").unwrap();
        let said = read(&path).unwrap_err().to_string();
        assert_eq!(said, "expected a text in UTF-8, found the byte 0xe2 at 2", "it ends early");
        fs::remove_file(&path).unwrap();
        assert!(matches!(read(&path), Err(Error::Missing)));
        let said = read(&std::env::temp_dir()).unwrap_err().to_string();
        assert_eq!(said, "expected a file, found a folder; name a file in it");
    }

    /// A file that says it has no length is read all the same, and only so far.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_hides_its_length_keeps_to_the_limit() {
        let path = Path::new("/proc/self/status");
        assert_eq!(fs::metadata(path).unwrap().len(), 0);
        let error = read_up_to(path, 10).unwrap_err();
        assert!(matches!(error, Error::TooLong { most: 10, found: 11 }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn what_may_never_end_is_not_opened() {
        use std::os::unix::net::UnixListener;
        let said = read(Path::new("/dev/zero")).unwrap_err().to_string();
        let expected =
            "expected a file, found a device; write what comes from it to a file, and name that";
        assert_eq!(said, expected);
        let path = std::env::temp_dir().join(format!("switchback-socket-{}", std::process::id()));
        let listener = UnixListener::bind(&path).unwrap();
        assert!(matches!(read(&path), Err(Error::NoFile("a socket"))));
        drop(listener);
        fs::remove_file(&path).unwrap();
    }
}
