//! Places that stand before an await of the same expression: when they are looked at, and what is
//! looked at.

use switchback::message;

use crate::reference::{Guard, agrees, guard};

/// What a method takes by value is copied.
#[message]
#[derive(Copy, Debug)]
pub struct Steps {
    n: i64,
}

impl Steps {
    fn plus(self, n: i64) -> i64 {
        self.n * 100 + n
    }
}

/// Has methods with the names of consuming ones, which only look.
#[message]
#[derive(Debug)]
pub struct Book(pub Guard);

impl Book {
    fn ok(&self) -> i64 {
        self.0.number()
    }

    fn count(&self) -> i64 {
        self.0.number()
    }

    #[allow(clippy::wrong_self_convention, reason = "a name that misleads is the point")]
    fn into_number(&self) -> i64 {
        self.0.number()
    }
}

pub fn called<F: FnOnce() -> i64>(f: F) -> i64 {
    f()
}

pub trait Long {
    fn long(&self) -> i64;
}

impl Long for Vec<i64> {
    fn long(&self) -> i64 {
        1
    }
}

impl Long for [i64] {
    fn long(&self) -> i64 {
        2
    }
}

agrees! {
    a_receiver_that_is_a_part_is_copied_before_an_argument_changes_it(a: i64 = 5) -> i64;
    {
        let mut t: (i64, i64) = (1, 2);
        let mut v: Vec<i64> = vec![1];
        let mut b: Box<i64> = Box::new(1);
        let x: i64 = t.0.max(op({ t.0 = 90; a }).await?);
        let y: i64 = v[0].max(op({ v[0] = 90; 1 }).await?);
        let z: i64 = (*b).max(op({ *b = 90; 1 }).await?);
        Ok(x * 10_000 + y * 100 + z)
    }
    Ok(160_404) ""

    a_receiver_of_the_authors_type_is_copied_before_an_argument_changes_it(a: i64 = 5) -> i64;
    {
        let mut c: Steps = Steps { n: 1 };
        Ok(c.plus(op({ c.n += 1; c.n }).await?) + a)
    }
    Ok(112) ""

    a_receiver_with_a_computed_index_is_the_place_and_no_copy(a: i64 = 5) -> Vec<i64>;
    {
        let mut rows: Vec<[i64; 2]> = vec![[1, 2], [3, 4]];
        rows[a as usize - 4].swap(0, op(a - 5).await? as usize);
        Ok(rows.concat())
    }
    Ok([1, 2, 4, 3]) ""

    a_receiver_with_a_computed_index_is_not_moved(a: i64 = 5) -> Vec<i64>;
    {
        let mut lists: Vec<(Vec<i64>, i64)> = vec![(vec![], 1), (vec![], 2)];
        lists[a as usize - 4].0.push(op(a).await?);
        lists[(a - 5) as usize].0.push(op(a).await? + 1);
        Ok(lists.into_iter().flat_map(|(list, _)| list).collect())
    }
    Ok([17, 16]) ""

    a_reference_to_a_computed_index_is_to_the_place(a: i64 = 5) -> Vec<i64>;
    {
        fn add(place: &mut i64, more: i64) { *place += more }
        let mut v: Vec<i64> = vec![1, 2, 3];
        add(&mut v[a as usize - 4], op(a).await?);
        Ok(v)
    }
    Ok([1, 18, 3]) ""

    a_computed_index_is_read_before_a_later_operand_changes_it(a: i64 = 5) -> Vec<i64>;
    {
        let mut a = a;
        let mut v: Vec<Vec<i64>> = vec![vec![], vec![], vec![]];
        v[a as usize - 4].push({ a += 1; op(a).await? });
        Ok(v[1].clone())
    }
    Ok([19]) ""

    an_index_that_awaits_is_computed_once_and_first(a: i64 = 5) -> Vec<i64>;
    {
        let mut v: Vec<Vec<i64>> = vec![vec![], vec![]];
        v[op({ e(1, 0); a - 5 }).await? as usize].push(op({ e(2, 0); a }).await?);
        Ok(v.concat())
    }
    Ok([16]) "e1 e2"

    a_compared_place_with_a_computed_index_is_not_moved(a: i64 = 5) -> bool;
    {
        let words: Vec<String> = vec!["x".to_owned(), "16".to_owned()];
        Ok(words[a as usize - 4] == op(a).await?.to_string())
    }
    Ok(true) ""

    an_index_of_a_receiver_panics_in_its_turn(a: i64 = 5) -> i64;
    {
        let v: Vec<i64> = vec![1];
        Ok(v[9].max(op(e(1, a)).await?))
    }
    Panic("index out of bounds: the len is 1 but the index is 9") ""

    an_index_of_what_is_changed_panics_in_its_turn(a: i64 = 5) -> i64;
    {
        let mut v: Vec<Vec<i64>> = vec![];
        v[0].push(op(e(1, a)).await?);
        Ok(1)
    }
    Panic("index out of bounds: the len is 0 but the index is 0") ""

    an_index_of_a_borrowed_argument_panics_in_its_turn(a: i64 = 5) -> i64;
    {
        fn sum(x: &i64, y: i64) -> i64 { *x + y }
        let v: Vec<i64> = vec![1];
        Ok(sum(&v[9], op(e(1, a)).await?))
    }
    Panic("index out of bounds: the len is 1 but the index is 9") ""

    a_number_behind_an_index_is_added_to_where_the_index_points_then(a: i64 = 5) -> i64;
    {
        let mut v: Vec<i64> = vec![0, 0];
        let mut i: usize = 0;
        v[i] += op({ i = 1; a }).await?;
        Ok(v[0] * 100 + v[1])
    }
    Ok(16) ""

    a_borrow_has_the_type_that_is_written(a: i64 = 5) -> i64;
    {
        let v: Vec<i64> = vec![a];
        let r: &[i64] = &v;
        op(a).await?;
        Ok(r.long() * 10 + v.long())
    }
    Ok(21) ""

    a_borrow_keeps_a_temporary_to_the_end_of_the_block(a: i64 = 5) -> i64;
    {
        let text = &String::from("abc");
        op(a).await?;
        let all = &mut Vec::<i64>::new();
        all.push(a);
        op(a).await?;
        all.push(text.len() as i64);
        Ok(all.iter().sum())
    }
    Ok(8) ""

    borrows_in_a_tuple_keep_their_temporaries(a: i64 = 5) -> i64;
    {
        let (x, text) = (e(1, a), &String::from("abc"));
        let n: i64 = text.len() as i64 + x;
        op(a).await?;
        Ok(e(2, n))
    }
    Ok(8) "e1 e2"

    a_late_local_with_a_value_on_one_way_lives_to_its_end(a: i64 = 5) -> i64;
    {
        let g: Guard;
        let h: Guard = guard(2);
        if a > 3 { g = guard(1); }
        op(1).await?;
        e(3, ());
        Ok(1)
    }
    Ok(1) "e3 d2 d1"

    a_late_local_without_a_value_on_the_way_taken(a: i64 = 5) -> i64;
    {
        let g: Guard;
        let h: Guard = guard(2);
        if a > 9 { g = guard(1); }
        op(1).await?;
        match op(a).await? { 16 => e(4, ()), _ => {} }
        e(3, ());
        Ok(1)
    }
    Ok(1) "e4 e3 d2"

    methods_named_like_consuming_ones_may_only_look(a: i64 = 5) -> i64;
    {
        let b: Book = Book(guard(1));
        let n: i64 = b.ok() + b.count() + b.into_number();
        op(a).await?;
        Ok(e(2, n))
    }
    Ok(3) "e2 d1"

    a_closure_that_takes_all_of_a_local_ends_it(a: i64 = 5) -> i64;
    {
        let g: Guard = guard(1);
        let n: i64 = called(move || touch(&g));
        op(a).await?;
        Ok(e(2, n))
    }
    Ok(1) "t1 d1 e2"

    a_call_that_does_not_return_ends_the_function(a: i64 = 5) -> i64;
    {
        fn dies() -> ! { panic!("{}", "dead") }
        let g: Guard = guard(1);
        op(a).await?;
        dies();
    }
    Panic("dead") "d1"

    a_format_string_names_a_raw_identifier(a: i64 = 5) -> i64;
    {
        let r#type: i64 = a;
        op(a).await?;
        Ok(format!("{type} {type:>3}").len() as i64)
    }
    Ok(5) ""
}
