//! The generator, the reducer and what follows advice, without a compiler. `ci/forms` has one.

use std::collections::BTreeMap;

use switchback_forms::{
    advice::advised,
    compile::Complaint,
    construct::Construct,
    generate::Function,
    program::{differing, rare},
    reduce::candidates,
    runner::{FORMS, Seen},
    tree::{Mode, Node, Part, Sort, Ty},
};

fn text(function: &Function, mode: Mode) -> String {
    let mut out = String::new();
    function.print("f", mode, &mut out);
    out
}

#[test]
fn a_seed_gives_the_same_function_each_time() {
    for seed in 0..200 {
        let (one, two) = (Function::new(seed), Function::new(seed));
        assert_eq!(text(&one, Mode::Forms), text(&two, Mode::Forms), "seed {seed}");
        assert_eq!(one.constructs(), two.constructs(), "seed {seed}");
    }
    assert_ne!(text(&Function::new(1), Mode::Forms), text(&Function::new(2), Mode::Forms));
}

#[test]
fn each_construct_stands_in_a_twentieth_of_the_functions() {
    for first in [1, 5_000] {
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        for seed in first..first + 1000 {
            for construct in Function::new(seed).constructs() {
                *counts.entry(construct.name()).or_default() += 1;
            }
        }
        assert_eq!(rare(&counts, 1000), Vec::<&str>::new(), "from seed {first}: {counts:?}");
    }
}

#[test]
fn what_the_macro_refuses_by_design_stands_in_few_functions() {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for seed in 1..=5000 {
        let all = Function::new(seed).constructs();
        for construct in Construct::REFUSED.iter().filter(|c| all.contains(c)) {
            *counts.entry(construct.name()).or_default() += 1;
        }
    }
    for construct in Construct::REFUSED {
        let count = counts.get(construct.name()).copied().unwrap_or(0);
        assert!((5..=50).contains(&count), "{}: {count} of 5000", construct.name());
    }
}

#[test]
fn a_construct_in_few_functions_is_rare() {
    let mut counts: BTreeMap<&'static str, usize> =
        Construct::ALL.iter().map(|c| (c.name(), 5)).collect();
    assert_eq!(rare(&counts, 100), Vec::<&str>::new());
    counts.insert("while", 4);
    counts.remove("closure");
    assert_eq!(rare(&counts, 100), ["while", "closure"]);
}

#[test]
fn the_plain_function_has_the_same_tokens_without_await() {
    for seed in 0..300 {
        let function = Function::new(seed);
        let (forms, plain) = (text(&function, Mode::Forms), text(&function, Mode::Plain));
        let head = |text: &str| text.find("{\n").map_or(text.len(), |at| at);
        let body = |text: &str| text[head(text)..].to_owned();
        assert!(!plain.contains("await") && !plain.contains("async"), "seed {seed}");
        assert!(forms.starts_with("#[tasklet]\npub async fn f<B: Backend"), "seed {seed}");
        // A plain function cannot find out its backend, so calls of itself name it.
        let without = |text: &str| body(text).replace("::<B>", "").replace("::<B, T>", "");
        assert_eq!(without(&forms).replace(".await", ""), without(&plain), "seed {seed}");
    }
}

#[test]
fn candidates_are_smaller_and_differ_from_each_other() {
    let function = Function::new(7);
    let length = text(&function, Mode::Forms).len();
    let all = candidates(&function);
    assert!(all.len() > 20, "{} candidates", all.len());
    let mut texts: Vec<String> = all.iter().map(|f| text(f, Mode::Forms)).collect();
    assert!(texts.iter().all(|text| text.len() < length));
    let count = texts.len();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), count);
}

#[test]
fn a_function_can_be_reduced_to_its_last_line() {
    let mut function = Function::new(11);
    while let Some(smaller) = candidates(&function).into_iter().next() {
        function = smaller;
    }
    let text = text(&function, Mode::Plain);
    assert!(text.matches('\n').count() <= 4, "{text}");
    assert!(text.contains("Ok(done("), "{text}");
}

fn seen(result: &str, log: &[&str]) -> Seen {
    Seen { result: result.into(), log: log.iter().map(|line| (*line).to_owned()).collect() }
}

#[test]
fn a_form_differs_by_its_value_or_its_log() {
    let same = vec![seen("1", &["a", "b"]); FORMS.len()];
    assert_eq!(differing(&same), Vec::<&str>::new());
    for (at, form) in FORMS.iter().enumerate().skip(1) {
        let mut all = same.clone();
        all[at] = seen("2", &["a", "b"]);
        assert_eq!(differing(&all), [*form]);
        all[at] = seen("1", &["b", "a"]);
        assert_eq!(differing(&all), [*form]);
        all[at] = seen("the program aborts", &[]);
        assert_eq!(differing(&all), [*form]);
    }
}

#[test]
fn a_reloaded_function_is_known_by_its_log_unless_it_fails() {
    let reloaded = 3;
    assert_eq!(FORMS[reloaded], "soft reloaded");
    let mut all = vec![seen("1", &["a"]); FORMS.len()];
    all[reloaded] = seen("", &["a"]);
    assert_eq!(differing(&all), Vec::<&str>::new());
    all[reloaded] = seen("error fails: 3", &["a"]);
    assert_eq!(differing(&all), ["soft reloaded"]);
    let mut all = vec![seen("error fails: 3", &["a"]); FORMS.len()];
    assert_eq!(differing(&all), Vec::<&str>::new());
    all[reloaded] = seen("", &["a"]);
    assert_eq!(differing(&all), ["soft reloaded"]);
}

fn complaint(text: &str, path: &[usize]) -> Complaint {
    Complaint {
        code: None,
        text: text.into(),
        construct: None,
        source: String::new(),
        path: path.to_vec(),
    }
}

fn with_body(body: Vec<Part>) -> Function {
    let mut function = Function::new(1);
    function.body = Node::new(Sort::Fixed, body);
    function
}

#[test]
fn the_type_of_a_local_is_written_as_advised() {
    let bare = Node::statement(vec!["let mut u1 = 3;\n".into()]);
    let typed = Node::statement(vec!["let mut u1: i64 = 3;\n".into()]);
    let function = with_body(vec![bare.or(typed).into()]);
    let text = "`u1` is kept over an await, so its type must be written: `let u1: Type = ..`";
    let changed = advised(&function, &[complaint(text, &[])]).expect("can be written");
    assert_eq!(changed.body.text(Mode::Forms), "let mut u1: i64 = 3;\n");
    let other = text.replace("u1", "u2");
    assert!(advised(&function, &[complaint(&other, &[])]).is_none());
}

#[test]
fn a_value_is_bound_in_front_of_its_expression_as_advised() {
    let left = Node::value(&Ty::Int, vec!["touch(&g)".into()]);
    let sum = Node::value(&Ty::Int, vec![left.into(), " ^ op(1)".into(), Part::Forms(".await")]);
    let function = with_body(vec!["let x = ".into(), sum.into(), ";".into()]);
    let text = "bind it to a local with a type first, `let x: Type = ..;`";
    let changed = advised(&function, &[complaint(text, &[0, 0])]).expect("can be bound");
    let text = changed.body.text(Mode::Forms);
    let name = text.split("let ").nth(2).and_then(|t| t.split(':').next()).expect("a name");
    let expected = format!("let x = ({{ let {name}: i64 = touch(&g);\n{name} ^ op(1).await }});");
    assert_eq!(text, expected);
}

#[test]
fn a_short_circuit_is_written_as_a_condition_as_advised() {
    let condition = Node::value(&Ty::Bool, vec!["(if a { flag(1)? } else { false })".into()]);
    let circuit = Node::value(&Ty::Bool, vec!["(a && flag(1)?)".into()]).or(condition);
    let function = with_body(vec!["let x = ".into(), circuit.into(), ";".into()]);
    let text = "await right of `&&` or `||` happens only sometimes: write it as `if` with a block";
    let changed = advised(&function, &[complaint(text, &[0])]).expect("is known otherwise");
    let text = changed.body.text(Mode::Plain);
    assert_eq!(text, "let x = (if a { flag(1)? } else { false });");
    assert!(advised(&changed, &[complaint("something else", &[0])]).is_none());
}

#[test]
fn messages_of_the_macros_are_told_from_those_of_rustc() {
    let ours = complaint("await in a match guard: await before the `match`", &[]);
    assert!(ours.is_ours());
    let kept = "`Rc<u8>` cannot be kept over an await or sent over a channel";
    assert!(Complaint { code: Some("E0277".into()), ..complaint(kept, &[]) }.is_ours());
    for evaluated in [
        "a temporary has a destructor and is kept over an await: bind it to a local",
        "a local whose type is not written has a destructor and is kept over an await: write it",
        "a local is kept over an await, as its destructor is due behind it, and its type is no \
         `Message`: write #[message] on the type",
        "a part of a local is moved away before an await, and the rest of it is kept over it: \
         take the local apart with a pattern that names all of its parts",
    ] {
        let text = format!("evaluation panicked: {evaluated}");
        let refused = Complaint { code: Some("E0080".into()), ..complaint(&text, &[]) };
        assert!(refused.is_ours(), "{text}");
    }
    let overflow = "attempt to compute `u8::MAX + 1_u8`, which would overflow";
    assert!(!Complaint { code: Some("E0080".into()), ..complaint(overflow, &[]) }.is_ours());
    assert!(!Complaint { code: Some("E0382".into()), ..complaint("use of moved", &[]) }.is_ours());
    assert!(!complaint("custom attribute panicked", &[]).is_ours());
    assert!(!complaint("expected expression, found `;`", &[]).is_ours());
}
