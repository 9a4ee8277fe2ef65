//! Valid Rust in odd places, none of which a rule forbids.

use std::cmp::Ordering::*;

use crate::reference::agrees;

agrees! {
    a_local_gets_its_first_value_behind_an_await(a: i64 = 5) -> i64;
    {
        let x: i64;
        x = op(a).await?;
        op(a).await?;
        Ok(x)
    }
    Ok(16) ""

    a_local_gets_its_first_value_in_branches(a: i64 = 5) -> i64;
    {
        let x: i64;
        if a > 3 { x = op(a).await?; } else { x = 2; }
        op(a).await?;
        Ok(x)
    }
    Ok(16) ""

    a_break_stands_in_an_argument_of_an_awaited_call(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        loop {
            n += op(if n > 20 { break } else { a }).await?;
        }
        Ok(n)
    }
    Ok(32) ""

    a_continue_stands_in_an_argument_of_an_awaited_call(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        let mut turns: i64 = 0;
        while turns < 4 {
            turns += 1;
            n += op(if turns == 2 { continue } else { turns }).await?;
        }
        Ok(n)
    }
    Ok(4 + 10 + 13) ""

    a_labelled_exit_stands_in_an_argument_of_an_awaited_call(a: i64 = 5) -> i64;
    {
        let v: i64 = 'out: loop {
            for i in 0..9i64 {
                op(if i == 3 { break 'out i } else { i }).await?;
            }
        };
        Ok(v)
    }
    Ok(3) ""

    an_exit_stands_in_a_macro_of_a_condition(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        loop {
            n += op(a).await?;
            if matches!(if n > 20 { break } else { n }, 16) { e(1, ()); }
            op(a).await?;
        }
        Ok(n)
    }
    Ok(32) "e1"

    an_exit_stands_in_a_macro_of_a_head(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        'all: loop {
            n += op(a).await?;
            for i in vec![n, if n > 20 { break 'all } else { 1 }] {
                n += i;
                op(a).await?;
            }
        }
        Ok(n)
    }
    Ok(49) ""

    a_guarded_arm_of_a_match_with_a_value_exits(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        loop {
            let x: i64 = match n {
                0 => op(a).await?,
                m if m > 20 => break,
                m if m == 16 => { n += 1; continue }
                _ => 9,
            };
            n += x;
        }
        Ok(n)
    }
    Ok(26) ""

    a_labelled_block_is_the_value_of_a_let(a: i64 = 5) -> i64;
    {
        let v: i64 = 'z: { if a > 4 { break 'z op(a).await?; } 2 };
        Ok(v)
    }
    Ok(16) ""

    a_labelled_block_is_the_value_of_a_return(a: i64 = 5) -> i64;
    {
        Ok('z: { if a > 9 { break 'z op(a).await?; } op(2).await? })
    }
    Ok(7) ""

    a_variant_is_named_again_in_its_arm(a: i64 = 5) -> i64;
    {
        let none: Option<i64> = None;
        let mut n: i64 = match none {
            None => { op(a).await?; if none == None { 1 } else { 2 } }
            Some(m) => m,
        };
        n += match a.cmp(&5) {
            Equal => { op(a).await?; if a.cmp(&5) == Equal { 10 } else { 20 } }
            Less | Greater => 30,
        };
        Ok(n)
    }
    Ok(11) ""

    a_constant_is_named_again_in_its_arm(a: i64 = 5) -> i64;
    {
        const FIVE: i64 = 5;
        let n: i64 = match a { FIVE => { op(a).await?; FIVE * 2 } other => other };
        op(a).await?;
        Ok(n)
    }
    Ok(10) ""

    a_named_format_argument_awaits(a: i64 = 5) -> String;
    {
        let w: usize = 4;
        Ok(format!("{x}{y:>w$}{0}", op(3).await?, x = op(a).await?, y = op(1).await?))
    }
    Ok("16   410") ""

    known_macros_await_in_conditions(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        if matches!(op(a).await?, 16) { n += 1; }
        if a > 9 { n += 2; } else if matches!(op(a).await?, 15..=17 if a == 5) { n += 10; }
        if format!("{}", op(a).await?) == "16" { n += 100; }
        if vec![op(a).await?, 1].len() == 2 { n += 1000; }
        while matches!(op(n).await?, 0..=9999) { n += 2000; }
        Ok(n)
    }
    Ok(5111) ""

    known_macros_await_as_statements(a: i64 = 5) -> i64;
    {
        assert!(op(a).await? == 16);
        assert!(op(a).await? == 16, "{a}");
        assert_eq!(op(a).await?, 16, "{}", a);
        assert_ne!(op(a).await?, op(a + 1).await?);
        Ok(1)
    }
    Ok(1) ""

    a_format_string_names_a_local_with_spaces(a: i64 = 5) -> String;
    {
        let x: i64 = a;
        op(a).await?;
        Ok(format!("{x }|{x:>3 }|{0 }", x))
    }
    Ok("5|  5|5") ""

    a_format_string_names_a_width_with_a_sign(a: i64 = 5) -> String;
    {
        let w: usize = 4;
        op(a).await?;
        Ok(format!("{:+w$}", a))
    }
    Ok("  +5") ""

    a_format_string_names_an_alternate_width(a: i64 = 5) -> String;
    {
        let w: usize = 6;
        let p: usize = 2;
        op(a).await?;
        Ok(format!("{:#w$x}|{:.p$}|{:<w$}|", a, 1.234, a))
    }
    Ok("   0x5|1.23|5     |") ""

    a_format_string_goes_over_lines(a: i64 = 5) -> String;
    {
        let x: i64 = a;
        let y: i64 = 7;
        op(a).await?;
        Ok(format!("{x} \
                    {y}"))
    }
    Ok("5 7") ""

    a_format_string_names_a_raw_identifier(a: i64 = 5) -> String;
    {
        let r#type: i64 = a;
        op(a).await?;
        Ok(format!("{type} {}", r#type))
    }
    Ok("5 5") ""

    a_raw_format_string_names_a_local(a: i64 = 5) -> String;
    {
        let x: i64 = a;
        op(a).await?;
        Ok(format!(r#"{x} "{{x}}""#))
    }
    Ok("5 \"{x}\"") ""

    /// The type of `x` is not written: it may not be kept for a text that only looks like it.
    a_text_with_braces_is_no_use_of_a_local(a: i64 = 5) -> String;
    {
        let x = a.wrapping_add(1).count_ones();
        e(x, ());
        op(a).await?;
        let text: String = "{x}".to_owned();
        Ok(text + &format!("{{x}}"))
    }
    Ok("{x}{x}") "e2"

    an_underscore_stands_in_the_type_of_a_local(a: i64 = 5) -> i64;
    {
        let v: Vec<_> = vec![op(a).await?];
        Ok(v.len() as i64)
    }
    Ok(1) ""

    a_macro_of_the_body_declares_a_local_it_uses(a: i64 = 5) -> i64;
    {
        macro_rules! twice { ($n:expr) => {{ let n: i64 = $n; n + n }} }
        let n: i64 = 3;
        op(a).await?;
        let m: i64 = twice!(n + 1);
        op(a).await?;
        Ok(m + n)
    }
    Ok(11) ""

    a_local_is_assigned_by_a_macro_of_the_body(a: i64 = 5) -> i64;
    {
        macro_rules! grow { ($n:ident, $by:expr) => { $n += $by; } }
        let mut n: i64 = 3;
        op(a).await?;
        grow!(n, works(4)?);
        op(a).await?;
        Ok(n)
    }
    Ok(7) "w4"
    a_pattern_has_the_name_of_what_the_let_declares(a: i64 = 5) -> i64;
    {
        let none: Option<i64> = Some(a);
        let mut n: i64 = match none { None => op(a).await?, Some(n) => n + 1 };
        n += op(n).await?;
        Ok(n)
    }
    Ok(25) ""

    a_local_of_a_branch_has_the_name_of_what_the_let_declares(a: i64 = 5) -> i64;
    {
        let n: i64 = if a > 3 { let n: i64 = 7; op(n).await? + n } else { 2 };
        let n: i64 = loop { let n: i64 = n + 1; op(n).await?; break n + 1; };
        let a: i64 = match Some(a) { Some(a) => op(a).await? + a, None => a };
        op(a).await?;
        Ok(100 * n + a)
    }
    Ok(3121) ""

    a_use_in_the_body_changes_no_argument(a: i64 = 5) -> i64;
    {
        use std::cmp::Ordering::{self, *};
        let order: Ordering = a.cmp(&5);
        let n: i64 = match order { Equal => { op(a).await?; 1 } Less | Greater => 30 };
        Ok(n ^ op(a).await?)
    }
    Ok(17) ""

    a_macro_shadows_a_local_that_is_read_later(a: i64 = 5) -> i64;
    {
        macro_rules! shadow { ($n:ident) => { let $n: i64 = 3; } }
        shadow!(a);
        op(a).await?;
        Ok(a)
    }
    Ok(3) ""
}
