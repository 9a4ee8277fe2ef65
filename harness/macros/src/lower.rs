//! The body as a graph of states, cut at its awaits.
//!
//! ```text
//!   body  --lower.rs, control.rs-->  states, branches and ways between them   graph.rs
//!         --awaits.rs------------->  an expression's awaits stand alone, in their order
//!         --scan.rs--------------->  code without awaits: what it does with the locals
//!   graph --flow.rs--------------->  which locals each state keeps
//!         --emit.rs--------------->  the code of each state
//! ```
//!
//! What this means for each construct is in SEMANTICS.md.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, Span};
use quote::quote_spanned;
use syn::{
    Block, Expr, Item, Lit, Pat, Stmt, Token, Type, parse_quote, parse_quote_spanned,
    spanned::Spanned,
};

use crate::{
    check::Errors,
    expression::{has_await, is_control, peel, peel_mut, statement_awaits},
    hygiene::Hygiene,
    model::Model,
    types::{self, Types},
};

mod awaits;
mod control;
pub mod emit;
mod extended;
pub mod flow;
pub mod graph;
mod like;
mod parts;
mod scan;

use graph::{
    Ending, Entry, Event, Graph, How, List, ListId, Local, LocalId, Number, Origin, Piece, Scope,
    ScopeId, State, StateId, Way, WayId,
};
use scan::{Bound, each_name, is_constant};

/// Cuts the body of `model` into states, and says what each of them keeps.
pub fn lower(model: &Model) -> syn::Result<(Graph, flow::Kept)> {
    let mut apart = Apart::default();
    loop {
        let mut lowerer = Lowerer::new(model, &apart);
        lowerer.function();
        lowerer.errors.into_result()?;
        let mut graph = lowerer.graph;
        graph.shorten();
        match flow::kept(&mut graph, &apart)? {
            flow::Outcome::Kept(kept) => return Ok((graph, kept)),
            flow::Outcome::Apart(more) => apart = more,
        }
    }
}

/// Control flow without awaits that has to be taken apart all the same, as a local is moved away on
/// one way through it and kept on another.
#[derive(Clone, Default, PartialEq)]
pub struct Apart {
    /// Each arm of a branch goes on by itself.
    pub arms: bool,
    /// Statements, by their numbers.
    pub statements: HashSet<Number>,
}

/// What becomes of a value.
#[derive(Clone, Copy)]
enum Dest {
    /// It is dropped.
    Nothing,
    /// A local gets it.
    Value(LocalId),
    /// The function returns it.
    Return,
}

/// What `break` and `continue` may lead to.
enum Target {
    /// A loop or block that awaits.
    State {
        label: Option<String>,
        /// Where the next round begins, if it is a loop.
        again: Option<StateId>,
        /// The state behind it, once something leads there.
        behind: Option<StateId>,
        dest: Dest,
        open: Vec<ScopeId>,
        before: Vec<usize>,
    },
    /// A loop or block of code without awaits.
    Inner { label: Option<String>, id: usize, is_loop: bool },
    /// The end of a closure.
    Barrier,
}

struct Lowerer<'a> {
    model: &'a Model,
    types: Types<'a>,
    graph: Graph,
    names: Vec<Vec<(String, Hygiene, Bound)>>,
    targets: Vec<Target>,
    open: Vec<ScopeId>,
    /// Where code is added; none behind code that goes nowhere.
    cursor: Option<ListId>,
    /// Temporaries that are looked at, and dropped at the end of the statement.
    looked_at: Vec<LocalId>,
    /// Locals that rustc has to be asked about before the statement that is looked at.
    asking: Option<Vec<LocalId>>,
    /// Inside a closure, whose exits are its own.
    foreign: bool,
    /// Whether names of code without awaits must not hide locals of the frame.
    renaming: bool,
    /// Whether the code that is looked at has locals of its own.
    within: bool,
    /// Names that macros capture in strings, and what they stand for.
    captured: Vec<(Ident, Ident, bool)>,
    /// Macros that the function makes itself.
    rules: HashSet<String>,
    fresh: usize,
    loops: usize,
    apart: &'a Apart,
    /// The number of the last statement.
    number: Number,
    errors: Errors,
}

impl<'a> Lowerer<'a> {
    fn new(model: &'a Model, apart: &'a Apart) -> Self {
        Self {
            model,
            types: Types::new(model),
            graph: Graph {
                locals: Vec::new(),
                scopes: Vec::new(),
                lists: Vec::new(),
                states: Vec::new(),
                ways: Vec::new(),
                callees: Vec::new(),
            },
            names: vec![Vec::new()],
            targets: Vec::new(),
            open: Vec::new(),
            cursor: None,
            looked_at: Vec::new(),
            asking: None,
            foreign: false,
            renaming: false,
            within: false,
            captured: Vec::new(),
            rules: model.rules(),
            fresh: 0,
            loops: 0,
            apart,
            number: vec![0],
            errors: Errors::default(),
        }
    }

    fn function(&mut self) {
        self.graph.scopes.push(Scope::default());
        self.open.push(0);
        let start = self.state(false);
        self.cursor = Some(self.graph.states[start].list);
        for argument in &self.model.arguments {
            let ty = Some(argument.ty.clone());
            let id = self.declare(&argument.name, ty, Origin::Name);
            self.graph.locals[id].mutable = argument.mutable.is_some();
            self.graph.locals[id].alias_of_type = argument.alias.clone();
            self.declared(&[id]);
        }
        // The arguments lie before the first state.
        self.graph.states[start].before = vec![self.model.arguments.len()];
        for statement in self.model.argument_patterns() {
            self.statement(statement);
        }
        let body = self.model.body.clone();
        self.block(body, Dest::Return, Some(&self.model.output.clone()));
    }

    // Scopes and names.

    fn enter(&mut self) {
        self.names.push(Vec::new());
        self.types.enter();
    }

    fn leave(&mut self) {
        self.names.pop();
        self.types.leave();
    }

    /// Begins a block of the frame.
    fn open(&mut self) {
        self.enter();
        let scope = self.graph.scopes.len();
        self.graph.scopes.push(Scope::default());
        self.open.push(scope);
        self.push(Piece::Open(scope));
    }

    fn close(&mut self) {
        self.leave();
        let scope = self.open.pop().expect("a scope is open");
        self.push(Piece::Close(scope));
    }

    /// A local of the frame, in the innermost block.
    fn declare(&mut self, name: &Ident, ty: Option<Type>, origin: Origin) -> LocalId {
        let key = name.to_string();
        let hides = self.hides(name);
        let unique = if hides { self.fresh_name(name) } else { name.clone() };
        let ending = match &ty {
            Some(ty) => types::ending(ty, &self.model.backend),
            None => Ending::Unknown,
        };
        let id = self.graph.locals.len();
        self.types.declare(name, ty.clone());
        if hides {
            self.types.declare(&unique, ty.clone());
        }
        self.graph.locals.push(Local {
            name: unique,
            ty,
            like: None,
            alias_of_type: None,
            mutable: false,
            ending,
            alias: None,
            annotation: None,
            late: false,
            origin,
            confirmed: None,
            asked: false,
        });
        self.names.last_mut().expect("there is a scope").push((
            key,
            Hygiene::of(name),
            Bound::Local(id),
        ));
        let scope = *self.open.last().expect("a scope is open");
        self.graph.scopes[scope].entries.push(Entry::Local(id));
        id
    }

    /// Whether the value of a local is copied when it is taken.
    fn copies(&self, id: LocalId) -> bool {
        self.graph.locals[id].ending == Ending::Nothing
    }

    // States and lists.

    fn list(&mut self) -> ListId {
        self.graph.lists.push(List::default());
        self.graph.lists.len() - 1
    }

    fn state(&mut self, waits: bool) -> StateId {
        let open = self.open.clone();
        let before = self.before();
        self.state_at(waits, open, before)
    }

    fn before(&self) -> Vec<usize> {
        self.open.iter().map(|scope| self.graph.scopes[*scope].entries.len()).collect()
    }

    fn state_at(&mut self, waits: bool, open: Vec<ScopeId>, before: Vec<usize>) -> StateId {
        let list = self.list();
        self.graph.states.push(State { list, waits, open, before });
        self.graph.states.len() - 1
    }

    fn way(&mut self, to: StateId) -> WayId {
        self.graph.ways.push(Way { to, from_within: self.within });
        self.graph.ways.len() - 1
    }

    /// A way to behind target `at`.
    fn way_behind(&mut self, at: usize) -> WayId {
        let Target::State { behind, open, before, .. } = &self.targets[at] else {
            unreachable!("the target is a state")
        };
        let state = match behind {
            Some(state) => *state,
            None => {
                let (open, before) = (open.clone(), before.clone());
                let state = self.state_at(false, open, before);
                if let Target::State { behind, .. } = &mut self.targets[at] {
                    *behind = Some(state);
                }
                state
            }
        };
        self.way(state)
    }

    fn push(&mut self, piece: Piece) {
        if let Some(list) = self.cursor {
            self.graph.lists[list].pieces.push(piece);
        }
    }

    fn goto(&mut self, to: StateId) {
        if self.cursor.is_some() {
            let way = self.way(to);
            self.push(Piece::Goto(way));
            self.cursor = None;
        }
    }

    /// Goes on in a state, with a way to it if there is one.
    fn fall_into(&mut self, to: StateId) {
        self.goto(to);
        self.cursor = Some(self.graph.states[to].list);
    }

    // Statements.

    /// A block of the frame, whose value goes to `dest`.
    fn block(&mut self, block: Block, dest: Dest, hint: Option<&Type>) {
        self.open();
        self.graph.scopes[*self.open.last().expect("a scope is open")].braces =
            Some(block.brace_token);
        self.statements(block, dest, hint);
        self.close();
    }

    fn statements(&mut self, block: Block, dest: Dest, hint: Option<&Type>) {
        let awaits = block.stmts.iter().any(statement_awaits);
        for statement in &block.stmts {
            let Stmt::Item(item) = statement else { continue };
            if let (Item::Static(item), true) = (item, awaits) {
                self.errors.add(
                    item,
                    "a `static` in a block that awaits would be one variable per state of the \
                     frame: move it to the top of the function or out of it",
                );
            }
            if !matches!(item, Item::Macro(m) if m.ident.is_some()) {
                self.entry(Entry::Item(statement.clone()));
                self.push(Piece::Stmt(statement.clone(), Event::nothing(), Number::new()));
            }
        }
        let last = block.stmts.len().wrapping_sub(1);
        let mut valued = false;
        // A call behind which nothing may be reached is the value of its block then.
        let valued_dest = !matches!(dest, Dest::Nothing);
        for (at, statement) in block.stmts.into_iter().enumerate() {
            if self.cursor.is_none() {
                return;
            }
            match statement {
                Stmt::Item(Item::Macro(item)) => {
                    self.entry(Entry::Rules(Stmt::Item(Item::Macro(item.clone()))));
                    self.push(Piece::Stmt(
                        Stmt::Item(Item::Macro(item)),
                        Event::nothing(),
                        Number::new(),
                    ));
                }
                Stmt::Item(_) => {}
                Stmt::Expr(e, None) if at == last => {
                    valued = true;
                    self.tail(e, dest, hint);
                }
                Stmt::Macro(m) if at == last && m.semi_token.is_none() => {
                    valued = true;
                    let e = Expr::Macro(syn::ExprMacro { attrs: m.attrs, mac: m.mac });
                    self.tail(e, dest, hint);
                }
                statement if at == last && valued_dest && may_diverge(&statement) => {
                    valued = true;
                    self.tail(parse_quote!({ #statement }), dest, hint);
                }
                statement => self.statement(statement),
            }
        }
        if !valued && self.cursor.is_some() {
            match dest {
                Dest::Nothing => {}
                _ => self.finish(parse_quote!(()), dest),
            }
        }
    }

    fn entry(&mut self, entry: Entry) {
        let scope = *self.open.last().expect("a scope is open");
        self.graph.scopes[scope].entries.push(entry);
    }

    fn statement(&mut self, statement: Stmt) {
        let temporaries = self.looked_at.len();
        match statement {
            Stmt::Local(local) => self.local(local),
            Stmt::Expr(e, _) if has_await(&e) => {
                self.into(e, Dest::Nothing, None);
            }
            Stmt::Macro(m) if statement_awaits(&Stmt::Macro(m.clone())) => {
                let e = Expr::Macro(syn::ExprMacro { attrs: m.attrs, mac: m.mac });
                self.into(e, Dest::Nothing, None);
            }
            statement => self.emit(statement),
        }
        self.end_temporaries(temporaries);
    }

    /// The value of a block. Its temporaries end with the block.
    fn tail(&mut self, e: Expr, dest: Dest, hint: Option<&Type>) {
        let temporaries = self.looked_at.len();
        self.into(e, dest, hint);
        self.end_temporaries(temporaries);
    }

    /// Drops the temporaries that a statement only looked at.
    fn end_temporaries(&mut self, from: usize) {
        for id in self.looked_at.split_off(from).into_iter().rev() {
            let name = self.graph.locals[id].name.clone();
            if !self.copies(id) {
                self.push(Piece::Stmt(
                    scan::dropped(&name),
                    Event::Use(id, How::Move),
                    Number::new(),
                ));
            }
        }
    }

    /// Adds a statement without awaits.
    fn emit(&mut self, mut statement: Stmt) {
        if self.is_apart() {
            match statement {
                Stmt::Expr(e, _) if is_control(&e) => {
                    return self.take_apart(|v| v.control(e, Dest::Nothing, None));
                }
                other => statement = other,
            }
        }
        let event = self.scanned(&mut statement);
        self.add(statement, event);
    }

    /// Whether the next statement is taken apart though it does not await.
    fn is_apart(&self) -> bool {
        let mut next = self.number.clone();
        next.last_mut().into_iter().for_each(|n| *n += 1);
        self.apart.statements.contains(&next)
    }

    /// What is in a statement that is taken apart is numbered below it, so that the numbers behind
    /// it stay what they are.
    fn take_apart(&mut self, lower: impl FnOnce(&mut Self)) {
        self.count();
        self.number.push(0);
        lower(self);
        self.number.pop();
    }

    fn count(&mut self) {
        self.number.last_mut().into_iter().for_each(|n| *n += 1);
    }

    fn add(&mut self, statement: Stmt, event: Event) {
        let ends = flow::diverges(&event);
        self.count();
        self.push(Piece::Stmt(statement, event, self.number.clone()));
        if ends {
            self.cursor = None;
        }
    }

    fn scanned(&mut self, statement: &mut Stmt) -> Event {
        self.look_at(quote::ToTokens::to_token_stream(statement));
        let event = self.asked_by_name(|v| v.statement_event(statement));
        self.within = false;
        event
    }

    /// What code does; what rustc has to be asked about its locals stands before it.
    fn asked_by_name(&mut self, look: impl FnOnce(&mut Self) -> Event) -> Event {
        self.asking = Some(Vec::new());
        let event = look(self);
        for id in self.asking.take().unwrap_or_default() {
            let (name, span) = (&self.graph.locals[id].name, self.graph.locals[id].name.span());
            let question = parse_quote_spanned! {span=>
                if false {
                    use ::switchback::frame::Observed as _;
                    ::switchback::frame::consumed(&#name).__confirm();
                }
            };
            self.push(Piece::Stmt(question, Event::Use(id, How::Read), Number::new()));
        }
        event
    }

    fn scanned_value(&mut self, e: &mut Expr) -> Event {
        self.look_at(quote::ToTokens::to_token_stream(e));
        let event = self.scan(e, scan::Use::Value);
        self.within = false;
        event
    }

    fn look_at(&mut self, tokens: proc_macro2::TokenStream) {
        self.renaming = self.leads_away(tokens.clone());
        self.within = crate::macros::contains(tokens, &["let", "match", "for"]);
    }

    /// Whether code may leave to another state of the frame.
    fn leads_away(&self, tokens: proc_macro2::TokenStream) -> bool {
        !self.targets.is_empty() && crate::macros::contains(tokens, &["break", "continue"])
    }

    fn local(&mut self, mut local: syn::Local) {
        let annotated = match &local.pat {
            Pat::Type(typed) => Some((*typed.ty).clone()).filter(is_whole),
            _ => None,
        };
        let simple = matches!(plain(&local.pat), Pat::Ident(p) if p.subpat.is_none());
        let Some(mut init) = local.init.take() else {
            return self.uninitialised(local, annotated);
        };
        let ty = annotated.clone().or_else(|| self.types.of(&init.expr));
        let known = ty.clone();
        let apart = self.is_apart() && is_control(&init.expr);
        if has_await(&init.expr) || apart {
            peel_mut(&mut init.expr);
            if is_control(&init.expr) {
                if simple && init.diverge.is_none() && !by_reference(&local.pat) {
                    if apart {
                        return self.take_apart(|v| v.controlled(local, *init.expr, known));
                    }
                    return self.controlled(local, *init.expr, known);
                }
                let id = self.temporary(known.clone(), init.expr.span(), Origin::Name);
                let value = std::mem::replace(&mut *init.expr, self.name_of(id));
                let lower = |v: &mut Self| v.control(value, Dest::Value(id), known.as_ref());
                if apart {
                    self.take_apart(lower)
                } else {
                    lower(self)
                }
                // What the pattern leaves ends with the statement.
                let (value, span) = (&init.expr, init.expr.span());
                *init.expr = parse_quote_spanned!(span=> ::core::convert::identity(#value));
            } else {
                *init.expr = self.value(*init.expr, ty.as_ref());
            }
            if self.cursor.is_none() {
                return;
            }
        }
        let diverge = init.diverge.take();
        self.extended(&local.pat, &mut init, diverge.is_some());
        self.let_pattern(local, init, ty, diverge);
    }

    /// Temporaries that a `let` keeps to the end of its block become locals.
    fn extended(&mut self, pattern: &Pat, init: &mut syn::LocalInit, diverges: bool) {
        let init = &mut *init.expr;
        if extended::by_pattern(pattern) && awaits::makes_temporary(init) {
            match diverges {
                true => *init = parts::confirmed(init),
                false => self.kept_temporary(init),
            }
            return;
        }
        let direct = matches!(peel(init), Expr::Reference(_));
        extended::each(init, &mut |temporary, mutable, sometimes| {
            // One that may not be there, or whose type is not known, is not kept.
            let typed = direct || self.types.of(temporary).is_some();
            if sometimes || diverges || !typed {
                *temporary = parts::confirmed(temporary);
            } else if direct {
                self.kept_temporary(temporary);
                if let (Some(_), Some(id)) = (mutable, self.local_of(temporary)) {
                    self.make_mutable(id);
                }
            } else {
                self.filled_temporary(temporary, mutable);
            }
        });
    }

    /// The temporary is computed into a local.
    fn kept_temporary(&mut self, temporary: &mut Expr) {
        let id = self.temporary_of(temporary);
        self.graph.locals[id].late = false;
        let name = self.name_of(id);
        let value = std::mem::replace(temporary, name);
        self.finish(value, Dest::Value(id));
        self.declared(&[id]);
    }

    /// The temporary is computed into a local where it stands, behind what stands left of it.
    fn filled_temporary(&mut self, temporary: &mut Expr, mutable: Option<Token![mut]>) {
        let id = self.temporary_of(temporary);
        let (name, span) = (self.name_of(id), temporary.span());
        if mutable.is_some() {
            self.make_mutable(id);
        }
        *temporary = parse_quote_spanned!(span=> (*{ #name = #temporary; &#mutable #name }));
    }

    fn temporary_of(&mut self, value: &Expr) -> LocalId {
        let ty = self.types.of(value);
        let like = if ty.is_none() { self.like(value) } else { None };
        let id = self.temporary(ty, value.span(), Origin::Temporary);
        self.graph.locals[id].like = like;
        self.graph.locals[id].late = true;
        id
    }

    /// Makes a temporary mutable that has just been declared.
    fn make_mutable(&mut self, id: LocalId) {
        self.graph.locals[id].mutable = true;
        let Some(list) = self.cursor else { return };
        for piece in self.graph.lists[list].pieces.iter_mut().rev() {
            if let Piece::Unset(ids, Stmt::Local(local)) = piece
                && ids.contains(&id)
            {
                let mut pattern = &mut local.pat;
                if let Pat::Type(typed) = pattern {
                    pattern = &mut typed.pat;
                }
                if let Pat::Ident(name) = pattern {
                    name.mutability = Some(Default::default());
                }
                return;
            }
        }
    }

    /// `let pattern = init;`, whose `init` has no awaits any more.
    fn let_pattern(
        &mut self,
        mut local: syn::Local,
        mut init: syn::LocalInit,
        ty: Option<Type>,
        diverge: Option<(Token![else], Box<Expr>)>,
    ) {
        self.renaming = false;
        let origin = self.origin(&local.pat, &init.expr, ty.as_ref());
        let bare = is_bare_number(&init.expr);
        let mut typed = Vec::new();
        match &ty {
            Some(ty) => types::bindings(plain(&local.pat), Some(ty), &mut typed),
            None => self.types.bindings(plain(&local.pat), &init.expr, &mut typed),
        }
        let annotation = match &local.pat {
            Pat::Type(typed) => Some((*typed.ty).clone()),
            _ => None,
        };
        let borrowed = match (&*init.expr, &annotation) {
            (Expr::Reference(_), Some(Type::Reference(r))) => {
                Some((*r.elem).clone()).filter(is_whole)
            }
            (Expr::Reference(_), Some(_)) => None,
            (Expr::Reference(r), None) => self.types.of(&r.expr),
            _ => None,
        };
        let pattern = local.pat.clone();
        let mut event = self.asked_by_name(|v| v.initial(&pattern, &mut init.expr));
        let alias = match (&*init.expr, plain(&local.pat)) {
            // One that may borrow something else later is not the same behind an await.
            (Expr::Reference(r), Pat::Ident(p))
                if p.by_ref.is_none() && p.mutability.is_none() && is_path(&r.expr) =>
            {
                self.unique_root(&r.expr).map(|_| (*init.expr).clone())
            }
            _ => None,
        };
        let mut awaiting = None;
        let mut otherwise = Event::nothing();
        if let Some((token, mut other)) = diverge {
            if has_await(&other) {
                awaiting = Some(*other);
            } else {
                self.renaming = self.leads_away(quote::ToTokens::to_token_stream(&other));
                otherwise = self.scan(&mut other, scan::Use::Value);
                init.diverge = Some((token, other));
            }
        }
        if let Some(other) = awaiting {
            // The other branch is lowered first, as it does not see the names of the pattern.
            let list = self.list();
            let before = self.cursor.replace(list);
            self.into(other, Dest::Nothing, None);
            self.cursor = before;
            let ids = self.bound_as(&mut local.pat, typed, origin, bare);
            let assigned = assigned(&ids);
            local.init = Some(init);
            let arms = vec![graph::Arm { enter: Event::nothing(), list }];
            let shape = graph::Shape::LetElse(Box::new(local), assigned);
            self.push(Piece::Branch(graph::Branch { shape, head: event, arms }));
            return self.declared(&ids);
        }
        let ids = self.bound_as(&mut local.pat, typed, origin, bare);
        if let (Some(alias), [id]) = (alias, &ids[..]) {
            self.graph.locals[*id].alias = Some(alias);
            self.graph.locals[*id].annotation = annotation;
            self.graph.locals[*id].ending = Ending::Nothing;
            // Methods and operators see through it.
            if let Pat::Ident(name) = plain(&local.pat) {
                self.types.declare(&name.ident, borrowed);
            }
        }
        event =
            Event::Seq(vec![event, Event::One(vec![otherwise, Event::nothing()]), assigned(&ids)]);
        local.init = Some(init);
        self.add(Stmt::Local(local), event);
        self.declared(&ids);
    }

    /// Where rustc may be asked about locals without a type.
    fn declared(&mut self, ids: &[LocalId]) {
        for id in ids {
            let ending = self.graph.locals[*id].ending;
            if matches!(ending, Ending::Unknown | Ending::Observed) {
                self.push(Piece::Declared(*id));
            }
        }
    }

    fn origin(&self, pattern: &Pat, init: &Expr, ty: Option<&Type>) -> Origin {
        let simple = matches!(plain(pattern), Pat::Ident(_));
        match peel(init) {
            Expr::Reference(_) => Origin::Borrow,
            Expr::Lit(lit) if simple && matches!(lit.lit, Lit::Str(_)) => Origin::Text,
            Expr::Closure(_) if simple => Origin::Closure,
            _ if matches!(ty, Some(Type::Reference(_))) => Origin::Borrow,
            _ if !simple => Origin::Pattern,
            e if is_bare_number(e) => Origin::BareNumber(suffix_of(e)),
            _ => Origin::Name,
        }
    }

    /// Declares the names of a pattern.
    fn bound(
        &mut self,
        pattern: &mut Pat,
        ty: Option<&Type>,
        origin: Origin,
        bare: bool,
    ) -> Vec<LocalId> {
        let mut typed = Vec::new();
        types::bindings(plain(pattern), ty, &mut typed);
        self.bound_as(pattern, typed, origin, bare)
    }

    /// The same, with types that are known.
    fn bound_as(
        &mut self,
        pattern: &mut Pat,
        typed: Vec<(syn::PatIdent, Option<Type>)>,
        origin: Origin,
        bare: bool,
    ) -> Vec<LocalId> {
        scan::only_constants(pattern);
        let typed: HashMap<String, Option<Type>> =
            typed.into_iter().map(|(p, ty)| (p.ident.to_string(), ty)).collect();
        let origin = match origin {
            Origin::BareNumber(_) => origin,
            _ if bare => Origin::BareNumber("u64"),
            _ => origin,
        };
        let mut ids: HashMap<String, LocalId> = HashMap::new();
        let mut order = Vec::new();
        each_name(pattern, &mut |p, renamed| {
            let key = p.ident.to_string();
            let id = *ids.entry(key.clone()).or_insert_with(|| {
                let ty = typed.get(&key).cloned().flatten();
                let borrows = p.by_ref.is_some() || matches!(ty, Some(Type::Reference(_)));
                let origin = match origin {
                    Origin::Text | Origin::Closure => origin,
                    Origin::Item if borrows => Origin::BorrowedItem,
                    _ if borrows => Origin::Borrow,
                    _ => origin,
                };
                let ty = ty.filter(|_| !borrows);
                let id = self.declare(&p.ident, ty, origin);
                self.graph.locals[id].mutable = p.mutability.is_some();
                order.push(id);
                id
            });
            let unique = &self.graph.locals[id].name;
            if *unique != key {
                *renamed = true;
                p.ident = Ident::new(&unique.to_string(), p.ident.span());
            }
        });
        order
    }

    /// `let x;`.
    fn uninitialised(&mut self, mut local: syn::Local, ty: Option<Type>) {
        let ids = self.bound(&mut local.pat, ty.as_ref(), Origin::Name, false);
        ids.iter().for_each(|id| self.graph.locals[*id].late = true);
        self.push(Piece::Unset(ids.clone(), Stmt::Local(local)));
        self.declared(&ids);
    }

    /// `let x = ..` of control flow that awaits.
    fn controlled(&mut self, mut local: syn::Local, value: Expr, ty: Option<Type>) {
        // The name is seen only behind the statement, but lives in this scope.
        let key = match plain(&local.pat) {
            Pat::Ident(p) => p.ident.clone(),
            _ => unreachable!("the pattern is a name"),
        };
        let hidden = self.names.last_mut().expect("there is a scope").len();
        let ids = self.bound(&mut local.pat, ty.as_ref(), Origin::Name, false);
        let entry = self.names.last().expect("there is a scope")[hidden].clone();
        if let (key, hygiene, Bound::Local(_)) = &entry {
            let unseen = (key.clone(), *hygiene, Bound::Unseen);
            self.names.last_mut().expect("there is a scope")[hidden] = unseen;
        }
        let Some(id) = ids.first().copied() else { return };
        let (name, span) = (self.graph.locals[id].name.clone(), key.span());
        let part = ty.clone().map(|ty| quote_spanned!(span=> : #ty));
        let mutable = match plain(&local.pat) {
            Pat::Ident(p) => p.mutability,
            _ => None,
        };
        let declaration: Stmt = parse_quote_spanned!(span=> let #mutable #name #part;);
        self.push(Piece::Unset(vec![id], declaration));
        self.control(value, Dest::Value(id), ty.as_ref());
        self.names.last_mut().expect("there is a scope").push(entry);
        self.declared(&ids);
    }

    /// A local for a value that is needed later in its statement.
    fn temporary(&mut self, ty: Option<Type>, span: Span, origin: Origin) -> LocalId {
        self.fresh += 1;
        let name = Ident::new(&format!("__t{}", self.fresh), span);
        let id = self.declare(&name, ty.clone(), origin);
        let part = ty.map(|ty| quote_spanned!(span=> : #ty));
        let declaration: Stmt = parse_quote_spanned!(span=> let #name #part;);
        self.push(Piece::Unset(vec![id], declaration));
        id
    }

    fn name_of(&self, id: LocalId) -> Expr {
        let name = &self.graph.locals[id].name;
        parse_quote!(#name)
    }

    /// The value of an expression, with all it takes to get it, goes to `dest`.
    fn into(&mut self, mut e: Expr, dest: Dest, hint: Option<&Type>) {
        if !has_await(&e) {
            return self.finish(e, dest);
        }
        peel_mut(&mut e);
        if is_control(&e) {
            return self.control(e, dest, hint);
        }
        let temporaries = self.looked_at.len();
        let value = self.value(e, hint);
        if self.cursor.is_some() {
            self.finish(value, dest);
        }
        self.end_temporaries(temporaries);
    }

    /// A value without awaits goes to `dest`.
    fn finish(&mut self, mut e: Expr, dest: Dest) {
        let span = e.span();
        match dest {
            Dest::Nothing => {
                self.emit(Stmt::Expr(e, Some(Token![;](span))));
            }
            Dest::Value(id) => {
                let event = self.asked_by_name(|v| v.scanned_value(&mut e));
                let name = &self.graph.locals[id].name;
                let statement = parse_quote_spanned!(span=> #name = #e;);
                let event = Event::Seq(vec![event, Event::Use(id, How::Assign)]);
                self.add(statement, event);
            }
            Dest::Return => {
                let event = self.asked_by_name(|v| v.scanned_value(&mut e));
                self.push(Piece::Return(e, event));
                self.cursor = None;
            }
        }
    }
}

/// Whether a statement is a call without awaits, which may never return.
fn may_diverge(statement: &Stmt) -> bool {
    let call = match statement {
        Stmt::Expr(e, Some(_)) => matches!(peel(e), Expr::Call(_) | Expr::MethodCall(_)),
        Stmt::Macro(_) => true,
        _ => false,
    };
    call && !statement_awaits(statement)
}

fn assigned(ids: &[LocalId]) -> Event {
    Event::Seq(ids.iter().map(|id| Event::Use(*id, How::Assign)).collect())
}

/// The pattern without its annotation.
pub fn plain(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Type(typed) => plain(&typed.pat),
        Pat::Paren(p) => plain(&p.pat),
        other => other,
    }
}

fn by_reference(pattern: &Pat) -> bool {
    matches!(plain(pattern), Pat::Ident(p) if p.by_ref.is_some())
}

/// Whether a type says all of itself.
fn is_whole(ty: &Type) -> bool {
    !crate::macros::contains_underscore(quote::ToTokens::to_token_stream(ty))
}

/// A local or a field of one.
fn is_path(e: &Expr) -> bool {
    match peel(e) {
        Expr::Path(p) => p.path.get_ident().is_some_and(|n| !is_constant(n)),
        Expr::Field(f) => is_path(&f.base),
        _ => false,
    }
}

pub fn is_bare_number(e: &Expr) -> bool {
    match peel(e) {
        Expr::Unary(u) => is_bare_number(&u.expr),
        Expr::Lit(lit) => match &lit.lit {
            Lit::Int(i) => i.suffix().is_empty(),
            Lit::Float(f) => f.suffix().is_empty(),
            _ => false,
        },
        _ => false,
    }
}

/// A type that a bare number may have.
fn suffix_of(e: &Expr) -> &'static str {
    match peel(e) {
        Expr::Unary(u) => match suffix_of(&u.expr) {
            "u64" if matches!(u.op, syn::UnOp::Neg(_)) => "i64",
            suffix => suffix,
        },
        Expr::Lit(lit) if matches!(lit.lit, Lit::Float(_)) => "f64",
        _ => "u64",
    }
}

pub fn is_assignment(op: &syn::BinOp) -> bool {
    use syn::BinOp;
    quote::ToTokens::to_token_stream(op).to_string().ends_with('=')
        && !matches!(op, BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Le(_) | BinOp::Ge(_))
}

fn label_of(label: Option<&syn::Label>) -> Option<String> {
    label.map(|l| l.name.ident.to_string())
}

/// What `Ok(..)` or `Some(..)` of an expected type holds.
fn wrapped(function: &Expr, expected: &Type) -> Option<Type> {
    let Expr::Path(path) = peel(function) else { return None };
    let name = path.path.get_ident()?;
    match name.to_string().as_str() {
        "Ok" => types::inside(expected, "Result"),
        "Some" => types::inside(expected, "Option"),
        _ => None,
    }
}
