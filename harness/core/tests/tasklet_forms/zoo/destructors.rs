//! Destructors run where plain Rust runs them, in its order.

use crate::reference::{agrees, guard};

agrees! {
    /// What is declared last is dropped first.
    locals_are_dropped_in_reverse_at_the_end(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let h: Guard = guard(2);
        op(a).await?;
        touch(&g);
        touch(&h);
        Ok(0)
    }
    Ok(0) "t1 t2 d2 d1"

    locals_are_dropped_in_reverse_at_a_return(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let h: Guard = guard(2);
        op(a).await?;
        if touch(&g) + touch(&h) == 3 { return Ok(e(3, 1)); }
        Ok(0)
    }
    Ok(1) "t1 t2 e3 d2 d1"

    locals_are_dropped_in_reverse_at_a_question_mark(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let h: Guard = guard(2);
        op(a).await?;
        let n = fails(touch(&g))?;
        Ok(n + touch(&h))
    }
    Err(1) "t1 f1 d2 d1"

    locals_are_dropped_in_reverse_at_a_failed_await(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let h: Guard = guard(2);
        refuses(a).await?;
        Ok(touch(&g) + touch(&h))
    }
    Err(5) "d2 d1"

    locals_nothing_reads_are_dropped_at_the_end(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let _h: Guard = guard(2);
        let _ = guard(3);
        op(a).await?;
        Ok(e(4, 0))
    }
    Ok(0) "d3 e4 d2 d1"

    arguments_are_dropped_behind_locals(g: Guard = guard(1), h: Guard = guard(2)) -> i64;
    {
        let i: Guard = guard(3);
        op(1).await?;
        Ok(touch(&g) + touch(&h) + touch(&i))
    }
    Ok(6) "t1 t2 t3 d3 d2 d1"

    an_argument_nothing_reads_is_dropped_at_the_end(g: Guard = guard(1)) -> i64;
    {
        op(e(2, 1)).await?;
        Ok(e(3, 0))
    }
    Ok(0) "e2 e3 d1"

    an_argument_in_an_underscore_is_dropped_at_the_end(
        _: Guard = guard(1),
        _h: Guard = guard(2)
    ) -> i64;
    {
        op(e(3, 1)).await?;
        Ok(e(4, 0))
    }
    Ok(0) "e3 e4 d2 d1"

    an_argument_pattern_is_dropped_in_its_turn(
        (x, g): (i64, Guard) = (7, guard(1)),
        k: Guard = guard(2)
    ) -> i64;
    {
        op(x).await?;
        Ok(touch(&g) + touch(&k))
    }
    Ok(3) "t1 t2 d2 d1"

    arguments_are_dropped_without_an_await(
        (_x, g): (i64, Guard) = (7, guard(1)),
        k: Guard = guard(2),
        _: Guard = guard(3)
    ) -> i64;
    {
        Ok(touch(&g))
    }
    Ok(1) "t1 d3 d2 d1"

    a_block_drops_its_locals_at_its_end(a: i64 = 5) -> i64;
    {
        {
            let y: Guard = guard(1);
            op(a).await?;
            touch(&y);
        }
        e(2, ());
        Ok(0)
    }
    Ok(0) "t1 d1 e2"

    a_block_drops_its_locals_behind_its_value(a: i64 = 5) -> i64;
    {
        let n: i64 = {
            let y: Guard = guard(1);
            op(a).await?;
            touch(&y)
        };
        Ok(e(2, n))
    }
    Ok(1) "t1 d1 e2"

    a_block_drops_what_it_does_not_read(a: i64 = 5) -> i64;
    {
        let n: i64 = { let _y: Guard = guard(1); op(a).await? };
        Ok(e(2, n))
    }
    Ok(16) "d1 e2"

    a_block_in_a_loop_drops_its_locals_each_time(a: i64 = 5) -> i64;
    {
        for i in 0..2i64 {
            {
                let y: Guard = guard(i);
                op(a).await?;
                touch(&y);
            }
            e(7, ());
        }
        Ok(0)
    }
    Ok(0) "t0 d0 e7 t1 d1 e7"

    a_branch_whose_await_is_not_taken_drops_its_locals(a: i64 = 5) -> i64;
    {
        if a > 3 {
            let g: Guard = guard(1);
            if a > 10 { op(a).await?; }
            touch(&g);
        }
        Ok(e(2, 0))
    }
    Ok(0) "t1 d1 e2"

    a_loop_whose_await_is_not_taken_drops_its_locals(a: i64 = 5) -> i64;
    {
        for i in 0..2i64 {
            let g: Guard = guard(i);
            if a > 10 { op(a).await?; }
            touch(&g);
        }
        Ok(e(2, 0))
    }
    Ok(0) "t0 d0 t1 d1 e2"

    a_loop_drops_its_locals_at_a_break(a: i64 = 5) -> i64;
    {
        loop {
            op(a).await?;
            let g: Guard = guard(1);
            let _h: Guard = guard(2);
            if touch(&g) > 9 { op(a).await?; }
            break;
        }
        e(1, ());
        Ok(0)
    }
    Ok(0) "t1 d2 d1 e1"

    a_loop_that_breaks_at_once_drops_its_locals(a: i64 = 5) -> i64;
    {
        loop { op(a).await?; let g: Guard = guard(1); break; }
        e(1, ());
        Ok(0)
    }
    Ok(0) "d1 e1"

    a_loop_drops_its_locals_at_a_continue(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        while n < 2 {
            n += 1;
            let _g: Guard = guard(n);
            if n == 1 { continue; }
            op(a).await?;
        }
        Ok(e(3, n))
    }
    Ok(2) "d1 d2 e3"

    the_rest_of_a_vec_is_dropped_from_its_front(a: i64 = 5) -> i64;
    {
        let all: Vec<Guard> = vec![guard(1), guard(2), guard(3), guard(4)];
        for g in all {
            op(a).await?;
            if touch(&g) == 2 { break; }
        }
        Ok(e(5, 0))
    }
    Ok(0) "t1 d1 t2 d2 d3 d4 e5"

    the_rest_of_a_vec_is_dropped_at_a_return(a: i64 = 5) -> i64;
    {
        let all: Vec<Guard> = vec![guard(1), guard(2), guard(3)];
        for g in all {
            op(a).await?;
            return Ok(touch(&g));
        }
        Ok(0)
    }
    Ok(1) "t1 d1 d2 d3"

    a_guard_in_a_scrutinee_lives_as_long_as_its_name(a: i64 = 5) -> i64;
    {
        let n: i64 = a;
        let made: Guard = guard(1);
        match made {
            ref g if g.0 == 1 => { op(n).await?; e(2, ()); }
            _ => {}
        }
        Ok(e(3, 0))
    }
    Ok(0) "e2 e3 d1"

    what_an_arm_looks_at_is_dropped_with_its_owner(a: i64 = 5) -> i64;
    {
        let n: i64 = a;
        let pair: (i64, Guard) = (1, guard(1));
        match &pair {
            (x, _) if *x > 0 => { op(n).await?; e(2, ()); }
            _ => {}
        }
        Ok(e(3, 0))
    }
    Ok(0) "e2 e3 d1"

    what_an_arm_takes_ends_with_the_arm(a: i64 = 5) -> i64;
    {
        let made: Option<Guard> = Some(guard(1));
        match made {
            Some(g) => { let g: Guard = g; op(a).await?; touch(&g); }
            None => {}
        }
        Ok(e(3, 0))
    }
    Ok(0) "t1 d1 e3"

    an_awaited_guard_ends_with_its_statement(a: i64 = 5) -> i64;
    {
        made(1).await?;
        e(2, ());
        let _ = made(3).await?;
        e(4, ());
        let _g: Guard = made(5).await?;
        Ok(e(6, op(a).await?))
    }
    Ok(16) "d1 e2 d3 e4 e6 d5"

    a_guard_given_to_a_call_ends_there(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        op(a).await?;
        let n: i64 = eats(g).await?;
        Ok(e(2, n))
    }
    Ok(1) "t1 d1 e2"

    a_dropped_guard_is_not_dropped_again(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let h: Guard = guard(2);
        op(a).await?;
        drop(g);
        op(a).await?;
        Ok(e(3, touch(&h)))
    }
    Ok(2) "d1 t2 e3 d2"

    a_guard_dropped_on_one_way_only(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let _h: Guard = guard(2);
        if a > 3 { drop(g); }
        op(a).await?;
        Ok(e(3, 0))
    }
    Ok(0) "d1 e3 d2"

    a_guard_dropped_on_the_other_way_only(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let _h: Guard = guard(2);
        if a > 9 { drop(g); }
        op(a).await?;
        Ok(e(3, 0))
    }
    Ok(0) "e3 d2 d1"

    an_assignment_drops_what_was_there(a: i64 = 5) -> i64;
    {
        let mut g: Guard = guard(1);
        op(a).await?;
        g = guard(2);
        e(3, ());
        op(a).await?;
        g = made(4).await?;
        Ok(e(5, 0))
    }
    Ok(0) "d1 e3 d2 e5 d4"

    a_shadowed_guard_lives_to_the_end_of_its_block(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        op(a).await?;
        let g: Guard = guard(g.0 + 1);
        op(a).await?;
        Ok(touch(&g))
    }
    Ok(2) "t2 d2 d1"

    a_guard_in_a_closure_ends_with_it(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        op(a).await?;
        {
            let show = move || touch(&g);
            show();
        }
        e(2, ());
        Ok(op(a).await?)
    }
    Ok(16) "t1 d1 e2"

    an_option_is_taken_before_an_await(a: i64 = 5) -> i64;
    {
        let mut g: Option<Guard> = Some(guard(1));
        op(a).await?;
        drop(g.take());
        op(a).await?;
        g = Some(guard(2));
        op(a).await?;
        Ok(e(3, 0))
    }
    Ok(0) "d1 e3 d2"

    a_struct_with_guards_is_dropped_as_a_whole(a: i64 = 5) -> i64;
    {
        let pair: (Guard, Guard) = (guard(1), guard(2));
        let _h: Guard = guard(3);
        op(a).await?;
        Ok(e(4, 0))
    }
    Ok(0) "e4 d3 d1 d2"

    a_tuple_taken_apart_is_dropped_name_by_name(a: i64 = 5) -> i64;
    {
        let (g, h): (Guard, Guard) = (guard(1), guard(2));
        op(a).await?;
        Ok(touch(&g) + touch(&h))
    }
    Ok(3) "t1 t2 d2 d1"

    a_let_else_drops_before_it_leaves(a: i64 = 5) -> i64;
    {
        let _g: Guard = guard(1);
        let none: Option<i64> = None;
        let Some(n) = none else {
            let _h: Guard = guard(2);
            op(a).await?;
            return Ok(e(3, 0));
        };
        Ok(n)
    }
    Ok(0) "e3 d2 d1"

    the_value_of_a_return_is_made_before_locals_end(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        op(a).await?;
        return Ok(op(touch(&g)).await? + e(2, 0));
    }
    Ok(4) "t1 e2 d1"

    a_temporary_of_a_condition_ends_before_the_branch(a: i64 = 5) -> i64;
    {
        if guard(1).number() == 1 { op(a).await?; e(2, ()); }
        while guard(3).number() == 1 { op(a).await?; }
        Ok(e(4, 0))
    }
    Ok(0) "d1 e2 d3 e4"

    a_recursion_drops_from_the_inside_out(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(a);
        let h: Guard = guard(a + 1);
        let n: i64 = eats(guard(0)).await?;
        Ok(n + touch(&g))
    }
    Ok(5) "t0 d0 t5 d6 d5"
    a_match_moves_in_one_arm(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let _h: Guard = guard(2);
        match a {
            5 => drop(g),
            6 => { op(a).await?; drop(g); }
            _ => {}
        }
        op(a).await?;
        Ok(e(3, 0))
    }
    Ok(0) "d1 e3 d2"

    a_loop_moves_before_it_ends(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let _h: Guard = guard(2);
        let mut n: i64 = 0;
        loop {
            n += op(n).await?;
            if n > 20 { drop(g); break; }
        }
        op(a).await?;
        Ok(e(3, n))
    }
    Ok(21) "d1 e3 d2"

    a_return_of_a_guard_does_not_drop_it(a: i64 = 5) -> i64;
    {
        let g: Option<Guard> = {
            let g: Guard = guard(1);
            let _h: Guard = guard(2);
            op(a).await?;
            Some(g)
        };
        e(3, ());
        op(a).await?;
        Ok(g.map_or(0, |g| g.number()))
    }
    Ok(1) "d2 e3 d1"

    guards_of_a_vec_nothing_reads_end_each_in_its_turn(a: i64 = 5) -> i64;
    {
        let all: Vec<Guard> = vec![guard(1), guard(2)];
        for _g in all { op(e(3, a)).await?; }
        Ok(e(4, 0))
    }
    Ok(0) "e3 d1 e3 d2 e4"

    an_underscore_holds_each_guard_of_a_vec_for_its_round(a: i64 = 5) -> i64;
    {
        let all: Vec<Guard> = vec![guard(1), guard(2)];
        for _ in all { op(e(3, a)).await?; e(4, ()); }
        Ok(e(5, 0))
    }
    Ok(0) "e3 e4 d1 e3 e4 d2 e5"

    an_underscore_does_not_move_a_local(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let _ = g;
        op(a).await?;
        Ok(e(2, 0))
    }
    Ok(0) "e2 d1"

    an_underscore_takes_the_value_of_an_await(a: i64 = 5) -> i64;
    {
        _ = made(1).await?;
        e(2, ());
        _ = op(a).await?;
        Ok(e(3, 0))
    }
    Ok(0) "d1 e2 e3"

    a_stack_of_guards_is_popped(a: i64 = 5) -> i64;
    {
        let mut stack: Vec<Guard> = vec![guard(1), guard(2), guard(3)];
        while let Some(g) = stack.pop() {
            let g: Guard = g;
            op(a).await?;
            if touch(&g) == 2 { break; }
        }
        Ok(e(4, 0))
    }
    Ok(0) "t3 d3 t2 d2 e4 d1"

    an_option_is_taken_by_an_if_let(a: i64 = 5) -> i64;
    {
        let mut g: Option<Guard> = Some(guard(1));
        if let Some(g) = g.take() { let _g: Guard = g; op(a).await?; e(2, ()); }
        else { op(a).await?; }
        Ok(e(3, 0))
    }
    Ok(0) "e2 d1 e3"

    an_argument_ends_when_a_later_one_fails(a: i64 = 5) -> i64;
    {
        fn two(_: Guard, n: i64) -> i64 { n }
        let _g: Guard = guard(1);
        Ok(two(made(2).await?, refuses(a).await?))
    }
    Err(5) "d2 d1"

    an_operand_is_moved_before_a_later_await_fails(a: i64 = 5) -> i64;
    {
        fn two(g: Guard, n: i64) -> i64 { touch(&g) + n }
        let g: Guard = guard(1);
        let _h: Guard = guard(2);
        let n: i64 = two(g, refuses(a).await?);
        Ok(n)
    }
    Err(5) "d1 d2"

    an_operand_is_moved_when_its_call_runs(a: i64 = 5) -> i64;
    {
        fn two(g: Guard, n: i64) -> i64 { touch(&g) + n }
        let g: Guard = guard(1);
        let _h: Guard = guard(2);
        let n: i64 = two(g, op(a).await?);
        op(n).await?;
        Ok(e(3, n))
    }
    Ok(17) "t1 d1 e3 d2"

    a_literal_of_guards_ends_in_order_when_it_fails(a: i64 = 5) -> i64;
    {
        let _h: Guard = guard(3);
        let both: (Guard, Guard, i64) = (made(1).await?, made(2).await?, refuses(a).await?);
        Ok(both.2)
    }
    Err(5) "d2 d1 d3"

    a_whole_pattern_moves_all_parts(a: i64 = 5) -> i64;
    {
        let pair: (Guard, Guard) = (guard(1), guard(2));
        let _h: Guard = guard(3);
        op(a).await?;
        let (x, y) = pair;
        let (x, y): (Guard, Guard) = (x, y);
        op(a).await?;
        Ok(touch(&x) + touch(&y))
    }
    Ok(3) "t1 t2 d2 d1 d3"

    a_break_with_a_value_leaves_its_locals_first(a: i64 = 5) -> i64;
    {
        let n: i64 = loop {
            let g: Guard = guard(1);
            let _h: Guard = guard(2);
            op(a).await?;
            break touch(&g) + op(a).await?;
        };
        Ok(e(3, n))
    }
    Ok(17) "t1 d2 d1 e3"

    a_return_from_nested_loops_drops_from_the_inside_out(a: i64 = 5) -> i64;
    {
        let _g: Guard = guard(1);
        for i in 0..3i64 {
            let _h: Guard = guard(10 + i);
            let mut j: i64 = 0;
            while j < 3 {
                let _k: Guard = guard(20 + j);
                op(a).await?;
                if i == 1 && j == 1 { return Ok(e(2, i)); }
                j += 1;
            }
        }
        Ok(0)
    }
    Ok(1) "d20 d21 d22 d10 d20 e2 d21 d11 d1"

    a_continue_of_an_outer_loop_drops_the_inner_ones(a: i64 = 5) -> i64;
    {
        'outer: for i in 0..2i64 {
            let _h: Guard = guard(10 + i);
            loop {
                let _k: Guard = guard(20 + i);
                op(a).await?;
                if i == 0 { continue 'outer; }
                break 'outer;
            }
        }
        Ok(e(3, 0))
    }
    Ok(0) "d20 d10 d21 d11 e3"

    a_block_value_outlives_the_locals_of_the_block(a: i64 = 5) -> i64;
    {
        let g: Guard = { let _h: Guard = guard(1); let g: Guard = guard(2); op(a).await?; g };
        let _i: Guard = guard(3);
        op(a).await?;
        Ok(touch(&g))
    }
    Ok(2) "d1 t2 d3 d2"

    a_shadowed_name_in_a_block_ends_there(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        { let g: Guard = guard(2); op(a).await?; touch(&g); }
        touch(&g);
        { op(a).await?; let g: Guard = guard(3); touch(&g); }
        Ok(touch(&g))
    }
    Ok(1) "t2 d2 t1 t3 d3 t1 d1"

    a_moved_and_replaced_guard_in_a_loop(a: i64 = 5) -> i64;
    {
        let mut g: Guard = guard(0);
        for i in 1..3i64 {
            drop(g);
            op(a).await?;
            g = guard(i);
        }
        op(a).await?;
        Ok(e(3, g.number()))
    }
    Ok(2) "d0 d1 e3 d2"

    a_local_without_a_value_on_one_way(a: i64 = 5) -> i64;
    {
        let g: Guard;
        if a > 3 { g = guard(1); touch(&g); op(a).await?; } else { op(a).await?; }
        Ok(e(2, 0))
    }
    Ok(0) "t1 e2 d1"

    a_question_mark_in_an_inner_block_drops_outwards(a: i64 = 5) -> i64;
    {
        let _g: Guard = guard(1);
        let n: i64 = {
            let _h: Guard = guard(2);
            let m: i64 = { let _i: Guard = guard(3); op(a).await? + fails(4)? };
            m
        };
        Ok(n)
    }
    Err(4) "f4 d3 d2 d1"

    a_guard_held_over_a_match_on_an_await(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let n: i64 = match op(a).await? {
            16 => { let _h: Guard = guard(2); op(touch(&g)).await? }
            _ => 0,
        };
        let m: i64 = match refuses(a).await { Ok(n) => n, Err(_) => e(3, 7) };
        Ok(n + m)
    }
    Ok(11) "t1 d2 e3 d1"

    an_argument_pattern_that_leaves_something(
        (x, _): (i64, Guard) = (7, guard(1)),
        k: Guard = guard(2)
    ) -> i64;
    {
        op(x).await?;
        Ok(touch(&k))
    }
    Ok(2) "t2 d2 d1"

    what_an_arm_leaves_of_a_local_is_dropped_with_it(a: i64 = 5) -> i64;
    {
        let n: i64 = a;
        let pair: (i64, Guard) = (1, guard(1));
        match pair {
            (x, _) if x > 0 => { op(n).await?; e(2, ()); }
            _ => {}
        }
        Ok(e(3, 0))
    }
    Ok(0) "e2 e3 d1"

    a_labelled_exit_drops_all_blocks_it_leaves(a: i64 = 5) -> i64;
    {
        let _z: Guard = guard(9);
        let n: i64 = 'out: {
            let _g: Guard = guard(1);
            loop {
                let _h: Guard = guard(2);
                op(a).await?;
                { let _i: Guard = guard(3); if a > 4 { break 'out e(4, a); } }
                op(a).await?;
            }
        };
        Ok(e(5, n))
    }
    Ok(5) "e4 d3 d2 d1 e5 d9"

    a_call_takes_a_guard_in_one_branch(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let _h: Guard = guard(2);
        if a > 9 { eats(g).await?; } else { op(a).await?; }
        Ok(e(3, 0))
    }
    Ok(0) "e3 d2 d1"

    /// An assignment is no use: the name has no value then.
    a_name_gets_another_guard_behind_an_await(a: i64 = 5) -> i64;
    {
        let mut g: Guard = guard(1);
        let _h: Guard = guard(2);
        drop(g);
        op(a).await?;
        g = guard(3);
        op(a).await?;
        Ok(touch(&g))
    }
    Ok(3) "d1 t3 d2 d3"

    a_name_without_a_value_yet_drops_nothing(a: i64 = 5) -> i64;
    {
        let g: Guard;
        let _h: Guard = guard(2);
        op(a).await?;
        if a > 9 { return Ok(1); }
        g = guard(1);
        op(a).await?;
        Ok(touch(&g))
    }
    Ok(1) "t1 d2 d1"

    a_guard_moves_into_a_closure_on_one_way(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let _h: Guard = guard(2);
        if a > 3 { let show = move || touch(&g); show(); }
        op(a).await?;
        Ok(e(3, 0))
    }
    Ok(0) "t1 d1 e3 d2"

    a_let_else_moves_what_it_takes_apart(a: i64 = 5) -> i64;
    {
        let some: Option<(Guard, i64)> = Some((guard(1), a));
        let _h: Guard = guard(2);
        let Some((g, n)) = some else { op(a).await?; return Ok(0); };
        let g: Guard = g;
        let n: i64 = n;
        op(n).await?;
        Ok(touch(&g))
    }
    Ok(1) "t1 d1 d2"

    a_chain_of_ifs_moves_in_one_condition(a: i64 = 5) -> i64;
    {
        let some: Option<Guard> = Some(guard(1));
        let _h: Guard = guard(2);
        if a > 3 && let Some(g) = some {
            let g: Guard = g;
            op(a).await?;
            touch(&g);
        } else {
            op(a).await?;
        }
        Ok(e(3, 0))
    }
    Ok(0) "t1 d1 e3 d2"

    a_name_of_a_chain_is_gone_in_the_next_turn(a: i64 = 5) -> i64;
    {
        let mut sum: i64 = 0;
        for i in 0..2i64 {
            let n: i64 = if let Some(n) = Some({ let _g: Guard = guard(1); op(a).await?; i })
                && (n == 1)
            {
                let n: i64 = n;
                sum += op(n).await?;
                n
            } else {
                9
            };
            sum += n;
        }
        Ok(sum)
    }
    Ok(14) "d1 d1"

    an_else_behind_an_if_let_sees_the_guard_gone(a: i64 = 5) -> i64;
    {
        let some: Result<Guard, Guard> = Err(guard(1));
        if let Ok(g) = some { let _g: Guard = g; op(a).await?; } else { op(e(2, a)).await?; }
        op(a).await?;
        Ok(e(3, 0))
    }
    Ok(0) "e2 e3 d1"

    both_arms_take_the_guard(a: i64 = 5) -> i64;
    {
        let some: Result<Guard, Guard> = Err(guard(1));
        let n: i64 = match some {
            Ok(g) => { let g: Guard = g; op(a).await?; touch(&g) }
            Err(g) => { let g: Guard = g; op(a).await?; touch(&g) + 10 }
        };
        op(a).await?;
        Ok(e(3, n))
    }
    Ok(11) "t1 d1 e3"

    a_guarded_arm_looks_and_does_not_take(a: i64 = 5) -> i64;
    {
        let some: Option<Guard> = Some(guard(1));
        let n: i64 = match some {
            Some(ref g) if touch(g) == 2 => { op(a).await?; 1 }
            Some(g) => { let g: Guard = g; op(a).await?; touch(&g) }
            None => 0,
        };
        Ok(e(3, n))
    }
    Ok(1) "t1 t1 d1 e3"

    a_guard_moves_in_a_loop_that_awaits_once(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let mut some: Option<Guard> = Some(g);
        let mut n: i64 = 0;
        while n < 3 {
            n += 1;
            if let Some(g) = some.take() { let g: Guard = g; touch(&g); op(a).await?; e(4, ()); }
            e(n as u32, ());
        }
        Ok(n)
    }
    Ok(3) "t1 e4 d1 e1 e2 e3"

    a_vec_grows_with_guards_from_awaits(a: i64 = 5) -> i64;
    {
        let mut all: Vec<Guard> = Vec::new();
        for i in 0..3i64 {
            all.push(made(i).await?);
            if i == 1 { all.remove(0); }
        }
        op(a).await?;
        Ok(e(3, all.len() as i64))
    }
    Ok(2) "d0 e3 d1 d2"

    an_error_in_a_loop_over_guards_drops_the_rest(a: i64 = 5) -> i64;
    {
        let _h: Guard = guard(9);
        let all: Vec<Guard> = vec![guard(1), guard(2), guard(3)];
        let mut n: i64 = 0;
        for g in all {
            n += eats(g).await?;
            if n == 1 { refuses(a).await?; }
        }
        Ok(n)
    }
    Err(5) "t1 d1 d2 d3 d9"

    a_match_moves_a_guard_in_all_its_arms(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let h: Guard = guard(2);
        match g {
            x if a == 5 => { let x: Guard = x; op(a).await?; touch(&x); }
            x => drop(x),
        }
        e(3, ());
        op(a).await?;
        Ok(touch(&h))
    }
    Ok(2) "t1 d1 e3 t2 d2"

    a_guard_is_assigned_in_a_branch(a: i64 = 5) -> i64;
    {
        let mut g: Guard = guard(1);
        let _h: Guard = guard(2);
        if a > 3 { g = made(3).await?; } else { op(a).await?; g = guard(4); }
        op(a).await?;
        Ok(e(5, g.number()))
    }
    Ok(3) "d1 e5 d2 d3"

    a_block_in_an_argument_drops_its_locals_before_the_call(a: i64 = 5) -> i64;
    {
        let n: i64 = both({ let g: Guard = guard(1); op(touch(&g)).await? }, e(2, a)).await?;
        Ok(e(3, n))
    }
    Ok(405) "t1 d1 e2 e3"

    a_short_circuit_drops_its_block(a: i64 = 5) -> i64;
    {
        let yes: bool =
            a > 3 && { let g: Guard = guard(1); op(touch(&g)).await? == 4 } && e(2, true);
        Ok(e(3, yes as i64))
    }
    Ok(1) "t1 d1 e2 e3"

    two_returns_of_guards_in_a_struct(a: i64 = 5) -> i64;
    {
        let pair: (Guard, Guard) = {
            let first: Guard = made(1).await?;
            let _lost: Guard = guard(7);
            (first, made(2).await?)
        };
        e(3, ());
        let (_, second) = pair;
        let second: Guard = second;
        drop(second);
        Ok(e(4, 0))
    }
    Ok(0) "d7 e3 d2 e4 d1"

    an_unread_value_of_a_loop_is_dropped_at_its_statement(a: i64 = 5) -> i64;
    {
        let g: Guard = loop { op(a).await?; break made(1).await?; };
        loop { op(a).await?; break made(2).await?; };
        e(3, ());
        match made(4).await? { g => { let _g: Guard = g; op(e(5, a)).await?; } }
        Ok(e(6, g.number()))
    }
    Ok(1) "d2 e3 e5 d4 e6 d1"

    a_local_with_an_unread_name_in_a_loop(a: i64 = 5) -> i64;
    {
        let mut last: Option<Guard> = None;
        for i in 0..3i64 {
            let _old: Option<Guard> = last.take();
            op(a).await?;
            last = Some(guard(i));
            if i == 2 { break; }
            e(10, ());
        }
        Ok(e(11, 0))
    }
    Ok(0) "e10 e10 d0 d1 e11 d2"

    what_is_left_of_a_scrutinee_has_no_destructor(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let h: Guard = guard(2);
        match (g, a) {
            (x, 5) => { let x: Guard = x; op(a).await?; touch(&x); }
            (x, _) => drop(x),
        }
        e(3, ());
        op(a).await?;
        Ok(touch(&h))
    }
    Ok(2) "t1 d1 e3 t2 d2"
}
