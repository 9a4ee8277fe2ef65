//! The program `sax` on files of all kinds, and on what is none.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Cargo builds the examples before it runs this, into the folder beside the one of the tests.
fn sax(arguments: &[&str]) -> Command {
    let test = env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("a test lies in target/PROFILE/deps");
    let mut command = Command::new(profile.join("examples").join("sax"));
    command.args(arguments);
    command
}

/// A file that is gone with this.
struct Document(PathBuf);

impl Document {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let name = format!("switchback-sax-{}-{name}.xml", std::process::id());
        let path = env::temp_dir().join(name);
        fs::write(&path, bytes).expect("a file is written");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a name in UTF-8")
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// What is printed, without the times.
fn told(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{:?}: {errors}", output.status);
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().filter(|line| !line.ends_with(" s"));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// The one line of a refusal, without the name of the program.
fn refused(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(output.stdout.is_empty(), "{:?}", String::from_utf8_lossy(&output.stdout));
    let line = errors.strip_prefix("sax: ").and_then(|line| line.strip_suffix('\n'));
    let line = line.unwrap_or_else(|| panic!("{errors:?}"));
    assert!(!line.contains('\n'), "{errors}");
    line.to_owned()
}

fn run(command: &mut Command) -> Output {
    command.output().expect("it starts")
}

/// As [`run`], with a pipe as standard input.
fn fed(arguments: &[&str], text: &[u8]) -> Output {
    let mut child = sax(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(text).expect("it reads");
    drop(input);
    child.wait_with_output().expect("it ends")
}

fn expected(names: &[(u64, &str)], depth: u64) -> String {
    let list: String = names.iter().map(|(count, name)| format!("{count} {name}\n")).collect();
    let elements: u64 = names.iter().map(|(count, _)| count).sum();
    format!("elements by name\n{list}elements {elements}\ngreatest depth {depth}\n")
}

#[test]
fn a_file_is_counted_on_every_backend() {
    let document = Document::new("every", b"<a>\n<b/><b>x</b><c><b/></c></a>\n");
    let output = run(&mut sax(&[document.path()]));
    assert_eq!(told(&output), expected(&[(3, "b"), (1, "a"), (1, "c")], 3));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for backend in ["hard", "generator", "baton", "threads", "may-1"] {
        let time = text.lines().filter(|line| line.starts_with(backend) && line.ends_with(" s"));
        assert_eq!(time.count(), 1, "{backend}: {text}");
        let alone = run(&mut sax(&[document.path(), backend]));
        let text = String::from_utf8_lossy(&alone.stdout).into_owned();
        assert_eq!(text.lines().filter(|line| line.ends_with(" s")).count(), 1, "{text}");
        assert_eq!(told(&alone), told(&output));
    }
}

/// A name, a document, how often each element is in it, and the greatest depth.
type Case<'a> = (&'a str, &'a str, &'a [(u64, &'a str)], u64);

#[test]
fn what_xml_allows_is_read() {
    let internal = "<?xml version='1.0'?>\n<!DOCTYPE a [\n <!ELEMENT a ANY>\n <!-- > -->\n]>\n<a/>";
    let cases: [Case<'_>; 7] = [
        ("entities", "<a>&lt;b/&gt;&amp;&#65;&#x42;<b c='&quot;'/></a>", &[(1, "a"), (1, "b")], 2),
        ("cdata", "<a><![CDATA[<b></c>&d;]]></a>", &[(1, "a")], 1),
        ("comments", "<!-- <b> --><a><!-- </a> --></a><!-- - -->", &[(1, "a")], 1),
        ("doctype", internal, &[(1, "a")], 1),
        (
            "bom",
            "\u{FEFF}<?xml version='1.0' encoding='utf-8'?><ä>é<ö/></ä>",
            &[(1, "ä"), (1, "ö")],
            2,
        ),
        ("instruction", "<?xml version='1.0'?><?b <c> ?><a><?d?></a>", &[(1, "a")], 1),
        ("namespaces", "<x:a xmlns:x='y'><x:b/></x:a>", &[(1, "x:a"), (1, "x:b")], 2),
    ];
    for (name, text, names, depth) in cases {
        let document = Document::new(name, text.as_bytes());
        assert_eq!(
            told(&run(&mut sax(&[document.path(), "hard"]))),
            expected(names, depth),
            "{name}"
        );
    }
}

/// Larger than a chunk many times over, with tags across the ends of chunks.
#[test]
fn a_long_and_deep_document_is_read_from_standard_input() {
    let mut text = String::from("<all>");
    (0..60_000).for_each(|number| text += &format!("<item n='{number}'>é</item>\n"));
    (0..500).for_each(|_| text += "<deep>");
    (0..500).for_each(|_| text += "</deep>");
    text += "</all>";
    for backend in ["hard", "generator"] {
        let output = fed(&["-", backend], text.as_bytes());
        let names = [(60_000, "item"), (500, "deep"), (1, "all")];
        assert_eq!(told(&output), expected(&names, 501), "{backend}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_with_a_name_is_read_once() {
    let output = fed(&["/dev/stdin"], b"<a><b/></a>");
    assert_eq!(told(&output), expected(&[(1, "a"), (1, "b")], 2));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let name = std::ffi::OsStr::from_bytes(b"\xff.xml");
    assert!(refused(&run(sax(&[]).arg(name))).starts_with("expected arguments in UTF-8"));
}

#[test]
fn what_is_malformed_is_refused_with_its_place() {
    let many = format!("<a>\n{}", "<b/>\n".repeat(40_000));
    // What both parsers agree in is the line; the column is that of the token or of a place in it.
    let cases: [(&str, &str, u64); 10] = [
        ("empty", "", 1),
        ("early end", "<a>\n<b>\n", 3),
        ("late end", &many, 40_002),
        ("half a tag", "<a>\n\n<b", 3),
        ("mismatch", "<a>\n <b>é</c>\n</a>", 2),
        ("second root", "<a/>\n<b/>", 2),
        ("text behind", "<a/>\nmore", 2),
        ("entity", "<a>\n\n&b;</a>", 3),
        ("comment", "<a>\n<!-- </a>", 2),
        ("attribute", "<a>\n<b c='1' c='2'/></a>", 2),
    ];
    for (name, text, line) in cases {
        let document = Document::new(name, text.as_bytes());
        // A thread for each side takes long over many elements.
        let backends = if text.len() < 1_000 { &["hard", "threads"][..] } else { &["hard"] };
        for backend in backends {
            let refused = refused(&run(&mut sax(&[document.path(), backend])));
            let start = format!("{}: line {line}, column ", document.path());
            // A document ends behind its last line, or at the beginning of the next.
            let near = format!("{}: line {}, column ", document.path(), line - 1);
            let ends = name.ends_with("end") || name == "text behind";
            let there = refused.starts_with(&start) || (ends && refused.starts_with(&near));
            assert!(there, "{name} on {backend}: {refused}");
            assert!(refused.len() > start.len() + 4, "{name}: no cause: {refused}");
        }
    }
    let bytes = Document::new("bytes", b"<a>\n<b>\xFF</b></a>");
    let refused = refused(&run(&mut sax(&[bytes.path()])));
    assert!(refused.contains(": line 2, column "), "{refused}");
}

#[test]
fn utf_16_is_read_by_libexpat_and_refused_by_quick_xml() {
    let text = "\u{FEFF}<?xml version='1.0' encoding='UTF-16'?><a>€<ö/></a>";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let document = Document::new("utf-16", &bytes);
    let latin = Document::new("latin", b"<?xml version='1.0' encoding='ISO-8859-1'?><\xF6/>");
    let own = "<!DOCTYPE a [<!ENTITY b '<c/>'>]><a>&b;&b;</a>";
    let own = Document::new("entity", own.as_bytes());
    let run = |document: &Document| run(&mut sax(&[document.path(), "hard"]));
    if cfg!(feature = "expat") {
        assert_eq!(told(&run(&document)), expected(&[(1, "a"), (1, "ö")], 2));
        assert_eq!(told(&run(&latin)), expected(&[(1, "ö")], 1));
        assert_eq!(told(&run(&own)), expected(&[(2, "c"), (1, "a")], 2));
    } else {
        for (document, what) in [(&document, "UTF-16"), (&latin, "ISO-8859-1"), (&own, "&b;")] {
            let refused = refused(&run(document));
            assert!(refused.contains("line 1, column ") && refused.contains(what), "{refused}");
            assert!(refused.contains("`--features expat`"), "{refused}");
        }
    }
}

fn encoded(encoding: &str) -> Vec<u8> {
    format!("<?xml version='1.0' encoding='{encoding}'?>\n<a/>").into_bytes()
}

/// What neither parser reads is for `iconv`, and no other build is recommended.
#[test]
fn an_encoding_that_no_parser_knows_is_named() {
    let utf_32: Vec<u8> = "\u{FEFF}<a/>".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let big: Vec<u8> = "<a/>".chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let mut cases: Vec<(&str, Vec<u8>)> = ["windows-1252", "Shift_JIS", "nonsense"]
        .map(|encoding| (encoding, encoded(encoding)))
        .to_vec();
    cases.extend([("UTF-32", utf_32), ("UTF-32BE", big)]);
    for (encoding, bytes) in cases {
        let document = Document::new(encoding, &bytes);
        let refused = refused(&run(&mut sax(&[document.path(), "hard"])));
        let command = format!("`iconv -f {encoding} -t UTF-8`");
        assert!(refused.contains(": line 1, column "), "{refused}");
        assert!(refused.contains(&format!("the encoding {encoding}, which ")), "{refused}");
        assert!(refused.contains(&command) && !refused.contains("--features"), "{refused}");
    }
    // No command is made of what a shell would not take as a word.
    let document = Document::new("shell", &encoded("a;b\x1b"));
    let told = refused(&run(&mut sax(&[document.path(), "hard"])));
    assert!(!told.contains("-f a;b") && !told.contains('\x1b'), "{told}");
}

#[test]
fn no_other_parser_is_named_for_what_it_does_not_read() {
    let declared = encoded("UTF-16");
    let cases: [(&str, &[u8]); 4] = [
        ("zeros", &[0; 4]),
        ("wide", &[0, 0, 0, 0xFF]),
        ("declared", &declared),
        ("undefined", b"<a>&b;</a>"),
    ];
    for (name, bytes) in cases {
        let document = Document::new(name, bytes);
        let refused = refused(&run(&mut sax(&[document.path(), "hard"])));
        assert!(!refused.contains("--features"), "{name}: {refused}");
        assert_eq!(refused.contains("UTF-16"), name == "declared" && !cfg!(feature = "expat"));
    }
}

/// A pipe gives the bytes as they come: the first ones may be alone.
#[test]
fn the_first_bytes_may_come_one_by_one() {
    let mut child = sax(&["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    for byte in "\u{FEFF}<a/>".bytes() {
        input.write_all(&[byte]).expect("it reads");
    }
    drop(input);
    assert_eq!(told(&child.wait_with_output().expect("it ends")), expected(&[(1, "a")], 1));
}

#[test]
fn what_is_no_text_is_escaped() {
    let document = Document::new("escape", b"<b\x1b[31m/>");
    let output = run(&mut sax(&[document.path(), "hard"]));
    assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
    if !cfg!(feature = "expat") {
        assert_eq!(told(&output), expected(&[(1, r"b\u{1b}[31m")], 1));
    }
    let document = Document::new("escaped-end", b"<a>\n</b\x1b></a>");
    let told = refused(&run(&mut sax(&[document.path(), "hard"])));
    assert!(told.contains(": line 2, column ") && !told.contains('\x1b'), "{told}");
    let missing = refused(&run(&mut sax(&["no\nsuch\x1b"])));
    assert!(missing.starts_with(r"no\nsuch\u{1b}: No such file"), "{missing}");
    let document = Document::new("backend-escape", b"<a/>");
    let unknown = refused(&run(&mut sax(&[document.path(), "so\nft"])));
    assert!(unknown.starts_with(r"no backend `so\nft`: "), "{unknown}");
}

#[test]
fn help_is_printed() {
    let help = run(&mut sax(&["--help"]));
    assert!(help.status.success() && help.stderr.is_empty(), "{help:?}");
    assert!(help.stdout.starts_with(b"usage: sax FILE.xml|- [BACKEND]; "), "{help:?}");
    assert!(refused(&run(&mut sax(&[""]))).starts_with("usage: sax "));
}

#[test]
fn a_reader_that_has_left_is_no_error() {
    let document = Document::new("no-reader", b"<a/>");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = run(sax(&[document.path(), "hard"]).stdout(writer));
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn what_is_no_file_is_told_in_one_line() {
    let missing = refused(&run(&mut sax(&["no/such/file.xml"])));
    assert!(missing.starts_with("no/such/file.xml: No such file"), "{missing}");
    let folder = env::temp_dir();
    let folder = Path::new(&folder).to_str().expect("a name in UTF-8");
    assert!(refused(&run(&mut sax(&[folder]))).starts_with(&format!("{folder}: Is a directory")));
    let document = Document::new("backend", b"<a/>");
    let unknown = refused(&run(&mut sax(&[document.path(), "soft"])));
    assert_eq!(unknown, "no backend `soft`: there are hard, generator, baton, threads, may-1");
    for arguments in [&[][..], &["a", "hard", "b"]] {
        assert!(refused(&run(&mut sax(arguments))).starts_with("usage: sax "));
    }
}
