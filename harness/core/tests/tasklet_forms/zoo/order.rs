//! Operands, arguments and effects in the order of plain Rust; lazy ones only when they are due.

use crate::reference::agrees;

agrees! {
    /// A number left of an operand that changes it is the number before.
    an_operand_is_read_before_a_later_one_changes_it(a: i64 = 5) -> i64;
    {
        let mut a = a;
        Ok(a ^ op({ a += 1; a }).await?)
    }
    Ok(22) ""

    an_operand_of_a_sum_of_three_is_read_in_its_turn(a: i64 = 5) -> i64;
    {
        let mut a = a;
        let v: i64 = 1000i64 * a + op({ a += 1; a }).await? * 10 + a;
        Ok(v)
    }
    Ok(5196) ""

    an_argument_of_a_call_is_read_before_a_later_one_changes_it(a: i64 = 5) -> i64;
    {
        fn join(a: i64, b: i64, c: i64) -> i64 { 10_000 * a + 100 * b + c }
        let mut a = a;
        Ok(join(a, op({ a += 1; a }).await?, a))
    }
    Ok(51906) ""

    an_argument_of_an_awaited_call_is_read_before_a_later_one_changes_it(a: i64 = 5) -> i64;
    {
        let mut a = a;
        both(a, { a += 1; op(a).await? }).await
    }
    Ok(519) ""

    an_argument_of_a_method_is_read_before_a_later_one_changes_it(a: i64 = 5) -> i64;
    {
        let mut a = a;
        Ok(100i64.clamp(a, { a += 1; op(a).await? }))
    }
    Ok(19) ""

    a_copied_receiver_is_read_before_an_argument_changes_it(a: i64 = 5) -> i64;
    {
        let mut a = a;
        Ok(a.pow({ a += 1; op(a - 6).await? as u32 + 1 }))
    }
    Ok(25) ""

    a_tuple_is_filled_from_left_to_right(a: i64 = 5) -> (i64, i64, i64);
    {
        let mut a = a;
        Ok((a, op({ a += 1; a }).await?, a))
    }
    Ok((5, 19, 6)) ""

    an_array_is_filled_from_left_to_right(a: i64 = 5) -> Vec<i64>;
    {
        let mut a = a;
        let all: [i64; 3] = [a, op({ a += 1; a }).await?, a];
        Ok(all.to_vec())
    }
    Ok([5, 19, 6]) ""

    a_range_is_read_from_left_to_right(a: i64 = 5) -> i64;
    {
        let mut a = a;
        let range: std::ops::Range<i64> = a..op({ a += 1; a }).await?;
        Ok(range.start * 100 + range.end)
    }
    Ok(519) ""

    a_struct_is_filled_in_the_order_of_its_text(a: i64 = 5) -> (i64, i64);
    {
        let mut a = a;
        let pair = Pair { b: a, a: op({ a += 1; a }).await? };
        Ok((pair.a, pair.b))
    }
    Ok((19, 5)) ""

    an_element_is_read_before_a_later_operand_changes_it(a: i64 = 5) -> i64;
    {
        let mut v: Vec<i64> = vec![a, 7];
        Ok(v[0] ^ op({ v[0] += 1; v[0] }).await?)
    }
    Ok(22) ""

    a_field_is_read_before_a_later_operand_changes_it(a: i64 = 5) -> i64;
    {
        let mut p: (i64, i64) = (a, 0);
        Ok(p.0 ^ op({ p.0 += 1; p.0 }).await?)
    }
    Ok(22) ""

    a_clone_is_made_before_a_later_operand_changes_it(a: i64 = 5) -> String;
    {
        let mut s: String = String::from("a");
        let n: i64 = { s.push('b'); a };
        Ok(format!("{}x{}", s.clone(), op({ s.push('c'); n }).await?))
    }
    Ok("abx16") ""

    a_receiver_is_cloned_before_an_argument_changes_it(a: i64 = 5) -> String;
    {
        let mut s: String = String::from("a");
        Ok(s.clone().replace('a', &op({ s.push('b'); a }).await?.to_string()) + &s)
    }
    Ok("16ab") ""

    an_index_is_read_before_the_value_assigned_changes_it(a: i64 = 5) -> Vec<i64>;
    {
        let mut v: Vec<i64> = vec![0, 0, 0];
        let mut at: usize = 0;
        v[at] = op({ at += 1; a }).await?;
        v[at] = 7;
        Ok(v)
    }
    Ok([0, 7, 0]) ""

    the_operand_of_a_compound_assignment_is_read_behind_its_value(a: i64 = 5) -> i64;
    {
        let mut a = a;
        a += op({ a = 100; 1 }).await?;
        Ok(a)
    }
    Ok(104) ""

    a_comparison_looks_at_its_left_side_first(a: i64 = 5) -> (bool, i64);
    {
        let mut a = a;
        let same: bool = a + 14i64 == op({ a += 1; a }).await?;
        Ok((same, a))
    }
    Ok((true, 6)) ""

    effects_of_operands_come_from_left_to_right(a: i64 = 5) -> i64;
    {
        Ok(i64::from(e(1, 5i32)) + op(e(2, a)).await? + i64::from(e(3, 5i32)) + op(e(4, a)).await?)
    }
    Ok(42) "e1 e2 e3 e4"

    effects_of_arguments_come_from_left_to_right(a: i64 = 5) -> i64;
    {
        both(i64::from(e(1, 5i32)), op(e(2, a)).await? + e(3, 0)).await
    }
    Ok(516) "e1 e2 e3"

    a_refused_operand_stops_those_behind_it(a: i64 = 5) -> i64;
    {
        Ok(i64::from(e(1, 5i32)) + op(fails(2)?).await? + e(3, a))
    }
    Err(2) "e1 f2"

    a_failed_await_stops_what_is_behind_it(a: i64 = 5) -> i64;
    {
        Ok(i64::from(e(1, 5i32)) + refuses(7).await? + e(3, a))
    }
    Err(7) "e1"

    /// Each await in one macro has its own value.
    two_awaits_of_a_format_keep_apart(a: i64 = 5) -> String;
    {
        Ok(format!("{} {}", op(a).await?, works(12)?))
    }
    Ok("16 12") "w12"

    two_awaits_of_a_vec_keep_apart(a: i64 = 5) -> Vec<i64>;
    {
        Ok(vec![op(a).await?, i64::from(e(1, 12i32)), op(a + 1).await?])
    }
    Ok([16, 12, 19]) "e1"

    an_argument_of_a_format_is_looked_at_when_all_are_evaluated(a: i64 = 5) -> String;
    {
        Ok(format!("{} {} {a}", i64::from(e(1, 5i32)), op(e(2, a)).await?))
    }
    Ok("5 16 5") "e1 e2"

    /// `$e` may be evaluated, or not: only the macro knows.
    a_macro_decides_about_its_arguments(a: i64 = 5) -> i64;
    {
        macro_rules! ensure { ($c:expr, $e:expr) => { if !$c { $e } } }
        let x: i64 = a;
        op(a).await?;
        ensure!(x > 0, return Err(error(1)));
        ensure!(x < 0, return Ok(2));
        Ok(3)
    }
    Ok(2) ""

    a_message_of_assert_is_made_only_when_it_fails(a: i64 = 5) -> i64;
    {
        let x: i64 = a;
        op(a).await?;
        assert!(x == 5, "{}", fails(1)?);
        assert_eq!(x, 5, "{}", fails(1)?);
        assert_ne!(x, 6, "{}", fails(1)?);
        Ok(x)
    }
    Ok(5) ""

    a_macro_uses_an_argument_in_one_arm_only(a: i64 = 5) -> i64;
    {
        macro_rules! first { ($c:expr, $l:expr, $r:expr) => { if $c { $l } else { $r } } }
        let x: i64 = a;
        op(a).await?;
        let y: i64 = first!(x > 0, works(1)?, fails(2)?);
        op(a).await?;
        Ok(y)
    }
    Ok(1) "w1"

    the_right_side_of_and_is_evaluated_only_if_due(a: i64 = 5) -> (bool, bool);
    {
        let left: bool = a > 9 && op(e(1, a)).await? > 0;
        let right: bool = a > 4 && op(e(2, a)).await? > 0;
        Ok((left, right))
    }
    Ok((false, true)) "e2"

    the_right_side_of_or_is_evaluated_only_if_due(a: i64 = 5) -> (bool, bool);
    {
        let left: bool = a > 9 || op(e(1, a)).await? > 99;
        let right: bool = a > 4 || op(e(2, a)).await? > 0;
        Ok((left, right))
    }
    Ok((false, true)) "e1"

    a_condition_stops_at_its_first_refusal(a: i64 = 5) -> i64;
    {
        if e(1, a > 3) && op(e(2, a)).await? > 99 && op(e(3, a)).await? > 0 {
            return Ok(1);
        } else if e(4, a) > 3 && let 16 = op(e(5, a)).await? {
            return Ok(2);
        }
        Ok(3)
    }
    Ok(2) "e1 e2 e4 e5"

    a_closure_captures_what_is_there_when_it_is_made(a: i64 = 5) -> i64;
    {
        let mut total: i64 = a;
        let add = move |n: i64| total + n;
        let first: i64 = add(1);
        total += 100;
        Ok(first + op(total).await? + total)
    }
    Ok(427) ""

    a_field_of_a_struct_is_read_before_a_later_operand_changes_it(a: i64 = 5) -> i64;
    {
        let mut p: Pair = Pair { a, b: 0 };
        Ok(p.a ^ op({ p.a += 1; p.a }).await?)
    }
    Ok(22) ""

    a_value_of_any_type_is_kept_in_its_turn(a: i64 = 5) -> (String, i64, Vec<i64>);
    {
        let mut s: String = String::from("a");
        let all = (s.clone() + "x",
            e(1u32, a) + op({ s.push('b'); e(2, a) }).await?, vec![e(3u32, a), op(e(4, a)).await?]);
        Ok(all)
    }
    Ok(("ax", 21, [5, 16])) "e1 e2 e3 e4"

    a_refused_value_stops_what_is_behind_it(a: i64 = 5) -> i64;
    {
        Ok(e(1u32, a) + works(2i64)? + op(fails(3)?).await? + e(4, a))
    }
    Err(3) "e1 w2 f3"

    an_element_of_a_vec_of_vecs_is_read_in_its_turn(a: i64 = 5) -> i64;
    {
        let mut v: Vec<Vec<i64>> = vec![vec![a], vec![7]];
        let mut at: usize = 0;
        let n: i64 = v[at][0] ^ op({ at = 1; v[0][0] += 1; v[0][0] }).await?;
        v[at][0] += op(n).await?;
        Ok(v[1][0] + 1000 * n)
    }
    Ok(22_074) ""
}
