//! The code of the states.
//!
//! A state restores what it keeps and goes on with the pieces of its list. Blocks of the source
//! are blocks of the code, so that rustc ends what they declare, in its order. Where a block was
//! begun before the state, and code behind it follows in the state, the locals of the block move
//! into a block of their own.

use proc_macro2::{Ident, Span};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Arm, Block, Expr, ExprStruct, Pat, PatStruct, Stmt, Type, parse_quote, parse_quote_spanned,
    visit_mut::{self, VisitMut},
};

use super::{
    flow::{Due, Kept},
    graph::{
        Branch, Confirmed, Ending, Entry, Graph, ListId, LocalId, Piece, ScopeId, Shape, StateId,
    },
};
use crate::{
    expression::{placeless, placeless_name},
    macros,
};

/// The name of the state before the first instruction.
pub const START: &str = "Start";

/// One state: what it keeps, how that is bound, and what it does.
pub struct Code {
    pub name: Ident,
    /// What it keeps, in the order of declaration.
    pub kept: Vec<Field>,
    pub fields: PatStruct,
    pub body: Expr,
    /// The states it goes on to, in the order of the source.
    pub next: Vec<Ident>,
    /// A call of `finish` with a closure, never called, that returns the operation in which the
    /// frame is suspended.
    pub waits: Option<Expr>,
}

/// A local that a state keeps.
#[derive(Clone)]
pub struct Field {
    pub name: Ident,
    pub ty: Type,
    /// Only its destructor is due.
    pub due: bool,
    /// Code with its type, which is never run, where the type is not known.
    pub like: Option<Expr>,
}

/// The code of all states that are reached.
pub fn code(graph: &Graph, kept: &Kept) -> Vec<Code> {
    let emitter = Emitter { graph, kept };
    let reached = (0..graph.states.len()).filter(|at| kept.reached[*at]);
    let mut reached: Vec<_> = reached.collect();
    reached.sort_by_key(|at| (*at != 0, graph.states[*at].waits));
    reached.into_iter().map(|at| emitter.state(at)).collect()
}

struct Emitter<'a> {
    graph: &'a Graph,
    kept: &'a Kept,
}

/// A block of Rust that is being written.
struct Level {
    scope: Option<ScopeId>,
    statements: Vec<Stmt>,
}

impl Emitter<'_> {
    fn name(&self, at: StateId) -> Ident {
        if at == 0 {
            return Ident::new(START, Span::call_site());
        }
        let kind = if self.graph.states[at].waits { 'S' } else { 'B' };
        format_ident!("{kind}{at}")
    }

    fn state(&self, at: StateId) -> Code {
        let state = &self.graph.states[at];
        let field = |(id, due): &(LocalId, bool)| {
            let local = &self.graph.locals[*id];
            let ty = local.alias_of_type.clone().or_else(|| local.ty.clone());
            let ty = ty.unwrap_or_else(|| parse_quote!(::switchback::frame::Erased));
            let like = local.like.clone().filter(|_| local.ty.is_none());
            Field { name: local.name.clone(), ty, due: *due, like }
        };
        let kept: Vec<Field> = self.kept.states[at].iter().map(field).collect();
        let name = self.name(at);
        let names = self.kept.states[at].iter().map(|(id, due)| {
            let local = &self.graph.locals[*id];
            let (name, mutable) = (&local.name, local.mutable && !due);
            let mutable = mutable.then(|| mutable_as(name));
            quote!(#mutable #name)
        });
        let rest = (at == 0).then(|| quote!(..));
        let fields: Pat = pattern(quote!(Self::#name { #(#names,)* #rest }));
        let Pat::Struct(fields) = fields else { unreachable!("a struct pattern") };
        let mut body = self.body(at);
        let mut fill = Fill { emitter: self, next: Vec::new() };
        body.iter_mut().for_each(|s| fill.visit_stmt_mut(s));
        let next = fill.next;
        let mut body = Block { brace_token: Default::default(), stmts: body };
        let asked: Vec<&Ident> =
            self.graph.locals.iter().filter(|l| l.asked).map(|l| &l.name).collect();
        super::parts::ask(&mut body, &asked);
        let body = Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: body });
        let waits = state.waits.then(|| first_finish(&body)).flatten();
        Code { name, kept, fields, body, next, waits }
    }

    /// The statements of a state.
    fn body(&self, at: StateId) -> Vec<Stmt> {
        let state = &self.graph.states[at];
        let pieces = &self.graph.lists[state.list].pieces;
        let mut levels = vec![Level { scope: None, statements: Vec::new() }];
        // Behind a local that has no value yet, the others are declared anew, in their order.
        let mut anew = false;
        for (scope, before) in state.open.iter().zip(&state.before) {
            let entries = &self.graph.scopes[*scope].entries;
            let ends = self.is_observed(*scope) && goes_on_behind(pieces, *scope);
            let items = entries.iter().any(|e| !matches!(e, Entry::Local(_)));
            if ends || items {
                levels.push(Level { scope: Some(*scope), statements: Vec::new() });
            }
            let level = levels.last_mut().expect("there is a level");
            // Items are seen in the whole block.
            for entry in entries {
                if let Entry::Item(item) = entry {
                    level.statements.push(item.clone());
                }
            }
            for entry in entries.iter().take(*before) {
                match entry {
                    Entry::Local(id) => {
                        anew |= self.restored(at, *id, ends || anew, &mut level.statements);
                    }
                    Entry::Rules(rules) => level.statements.push(rules.clone()),
                    Entry::Item(_) => {}
                }
            }
        }
        self.pieces(pieces, levels, at)
    }

    /// Whether the end of a scope may be observed.
    fn is_observed(&self, scope: ScopeId) -> bool {
        self.graph.scopes[scope].entries.iter().any(|entry| match entry {
            Entry::Local(id) => {
                matches!(self.graph.locals[*id].ending, Ending::Observed | Ending::Unknown)
            }
            _ => false,
        })
    }

    /// A local that lies before the state; says whether it has no value there and its end may be
    /// observed.
    fn restored(&self, at: StateId, id: LocalId, again: bool, out: &mut Vec<Stmt>) -> bool {
        let local = &self.graph.locals[id];
        let name = placeless_name(&local.name);
        if self.kept.states[at].iter().any(|(kept, _)| *kept == id) {
            if local.ty.is_none()
                && let Some(like) = &local.like
            {
                let like = placeless(like);
                out.push(parse_quote! {
                    let mut #name = ::switchback::frame::Erased::like(#name, || #like);
                });
            } else if again && matches!(local.ending, Ending::Observed | Ending::Unknown) {
                let own = &local.name;
                let mutable = local.mutable.then(|| mutable_as(own));
                out.push(parse_quote!(let #mutable #own = #name;));
            }
        } else if self.kept.named[at].contains(&id) {
            let ty = local.ty.as_ref().map(placeless);
            let ty = ty.map(|ty| quote!(: #ty));
            let mutable = local.mutable.then(|| mutable_as(&name));
            out.push(match &local.alias {
                Some(alias) => {
                    let alias = placeless(alias);
                    let ty = local.annotation.as_ref().map(placeless);
                    let ty = ty.map(|ty| quote!(: #ty));
                    parse_quote!(let #mutable #name #ty = #alias;)
                }
                None => parse_quote!(let #mutable #name #ty;),
            });
            return local.alias.is_none()
                && matches!(local.ending, Ending::Observed | Ending::Unknown);
        }
        false
    }

    fn list(&self, list: ListId, state: StateId) -> Block {
        let level = Level { scope: None, statements: Vec::new() };
        let pieces = &self.graph.lists[list].pieces;
        let stmts = self.pieces(pieces, vec![level], state);
        // Names of a condition or an arm are a block around the author's.
        let scopes = pieces.iter().map_while(|piece| match piece {
            Piece::Open(scope) => Some(*scope),
            _ => None,
        });
        Block { brace_token: self.braces(scopes.last()), stmts }
    }

    fn pieces(&self, pieces: &[Piece], mut levels: Vec<Level>, state: StateId) -> Vec<Stmt> {
        for (at, piece) in pieces.iter().enumerate() {
            let level = levels.last_mut().expect("there is a level");
            match piece {
                Piece::Open(scope) => {
                    let rest = &pieces[at + 1..];
                    let whole = level.statements.is_empty() && level.scope.is_none();
                    if whole && !goes_on_behind(rest, *scope) {
                        continue;
                    }
                    levels.push(Level { scope: Some(*scope), statements: Vec::new() });
                }
                Piece::Close(scope) => {
                    if level.scope == Some(*scope) && levels.len() > 1 {
                        self.end(&mut levels);
                    }
                }
                Piece::Stmt(statement, ..) => level.statements.push(statement.clone()),
                Piece::Unset(ids, statement) => {
                    if ids.iter().any(|id| self.kept.mentioned[state][*id]) {
                        level.statements.push(statement.clone());
                    }
                }
                Piece::Declared(id) => {
                    let local = &self.graph.locals[*id];
                    if let Some(why) = local.confirmed {
                        let (name, span) = (&local.name, local.name.span());
                        let confirm = match why {
                            Confirmed::Untyped => "confirm_no_destructor",
                            Confirmed::Part => "confirm_no_part",
                            Confirmed::Moved => "confirm_no_way",
                        };
                        let confirm = Ident::new(confirm, span);
                        // There is no value yet to be shown.
                        level.statements.push(match local.ty.as_ref().filter(|_| local.late) {
                            Some(ty) => parse_quote_spanned! {span=>
                                if false {
                                    ::switchback::frame::#confirm(
                                        &::switchback::frame::never::<#ty>()
                                    );
                                }
                            },
                            None => parse_quote_spanned! {span=>
                                ::switchback::frame::#confirm(&#name);
                            },
                        });
                    }
                }
                Piece::Branch(branch) => level.statements.push(self.branch(branch, state)),
                Piece::Goto(way) => {
                    let goto = super::scan::goto(*way, Span::call_site());
                    level.statements.push(parse_quote!(#goto;));
                }
                Piece::Suspend(way, request, _) => {
                    let way = proc_macro2::Literal::usize_unsuffixed(*way);
                    level.statements.push(parse_quote!(__suspend(#way, #request);));
                }
                Piece::Return(value, _) => level.statements.push(parse_quote!(__return(#value);)),
            }
        }
        while levels.len() > 1 {
            self.end(&mut levels);
        }
        levels.remove(0).statements
    }

    /// Ends the innermost block.
    fn end(&self, levels: &mut Vec<Level>) {
        let level = levels.pop().expect("there is a level");
        let block = Block { brace_token: self.braces(level.scope), stmts: level.statements };
        let block = Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block });
        levels.last_mut().expect("there is a level").statements.push(Stmt::Expr(block, None));
    }

    /// The author's, where rustc ends the locals of a block.
    fn braces(&self, scope: Option<ScopeId>) -> syn::token::Brace {
        scope.and_then(|scope| self.graph.scopes[scope].braces).unwrap_or_default()
    }

    fn branch(&self, branch: &Branch, state: StateId) -> Stmt {
        let lists: Vec<Block> = branch.arms.iter().map(|arm| self.list(arm.list, state)).collect();
        match &branch.shape {
            Shape::If(condition) => {
                let (then, other) = (&lists[0], &lists[1]);
                let other = (!other.stmts.is_empty()).then(|| quote!(else #other));
                let condition = parenthesized(condition);
                let branch: Expr = parse_quote!(if #condition #then #other);
                Stmt::Expr(branch, None)
            }
            Shape::Match(scrutinee, patterns) => {
                let arms =
                    patterns.iter().zip(&lists).map(|((attributes, pattern, guard), list)| {
                        let guard = guard.as_ref().map(|guard| quote!(if #guard));
                        let arm: Arm = parse_quote!(#attributes #pattern #guard => #list);
                        arm
                    });
                let scrutinee = parenthesized(scrutinee);
                let branch: Expr = parse_quote!(match #scrutinee { #(#arms)* });
                Stmt::Expr(branch, None)
            }
            Shape::LetElse(local, _) => {
                let mut local = (**local).clone();
                if let Some(init) = &mut local.init {
                    let list = &lists[0];
                    init.diverge = Some((Default::default(), parse_quote!(#list)));
                }
                Stmt::Local(local)
            }
        }
    }

    /// The state behind a way, with what it keeps.
    fn value(&self, way: usize) -> ExprStruct {
        let to = self.graph.ways[way].to;
        let name = self.name(to);
        let values = self.kept.states[to].iter().map(|(id, due)| {
            let name = &placeless(&self.graph.locals[*id].name);
            let value: Expr = match (due, self.kept.due(way, *id)) {
                (false, _) if self.graph.locals[*id].ty.is_none() => {
                    parse_quote!(::switchback::frame::Erased::new(#name))
                }
                (false, _) | (true, Due::Already) => parse_quote!(#name),
                (true, Due::Set) => parse_quote!(::switchback::frame::Due::new(#name)),
                (true, Due::Unset) => parse_quote!(::switchback::frame::Due::none()),
            };
            match (due, self.kept.due(way, *id)) {
                (false, _) | (true, Due::Already) if self.graph.locals[*id].ty.is_some() => {
                    quote!(#name)
                }
                _ => quote!(#name: #value),
            }
        });
        parse_quote!(Self::#name { #(#values),* })
    }
}

/// `mut` in front of a name, where the name is.
fn mutable_as(name: &Ident) -> proc_macro2::TokenStream {
    quote_spanned!(name.span()=> mut)
}

/// A condition or scrutinee whose braces would be taken for a block.
pub fn parenthesized(e: &Expr) -> Expr {
    let chain = |op: &syn::BinOp| matches!(op, syn::BinOp::And(_));
    match e {
        Expr::Binary(b) if chain(&b.op) => e.clone(),
        Expr::Struct(_) | Expr::Binary(_) | Expr::Reference(_) | Expr::Unary(_) => {
            parse_quote!((#e))
        }
        _ => e.clone(),
    }
}

/// Whether a scope ends among the pieces and something but a way to another state is behind it.
fn goes_on_behind(pieces: &[Piece], scope: ScopeId) -> bool {
    let Some(at) = pieces.iter().position(|p| matches!(p, Piece::Close(s) if *s == scope)) else {
        return false;
    };
    let behind = pieces[at + 1..].iter().find(|p| !matches!(p, Piece::Close(_)));
    !matches!(behind, None | Some(Piece::Goto(_)))
}

fn pattern(tokens: proc_macro2::TokenStream) -> Pat {
    use syn::parse::Parser;
    Pat::parse_single.parse2(tokens).expect("a pattern")
}

/// Puts states in the place of the numbers of ways.
struct Fill<'a, 'g> {
    emitter: &'a Emitter<'g>,
    next: Vec<Ident>,
}

/// The number of the way that a call takes.
fn way_of(call: &syn::ExprCall) -> Option<usize> {
    let Expr::Path(function) = &*call.func else { return None };
    if !function.path.is_ident("__goto") && !function.path.is_ident("__suspend") {
        return None;
    }
    match call.args.first() {
        Some(Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(way), .. })) => way.base10_parse().ok(),
        _ => None,
    }
}

impl VisitMut for Fill<'_, '_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        // A state that nothing reaches is not there: what leads to the way never ends.
        if let Expr::Call(call) = &*e
            && let Some(way) = way_of(call)
            && !self.emitter.kept.reached[self.emitter.graph.ways[way].to]
        {
            let request = call.args.iter().skip(1);
            *e = parse_quote!({ #(#request;)* ::core::unreachable!() });
        }
        visit_mut::visit_expr_mut(self, e);
    }

    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        if let Some(way) = way_of(call) {
            let state = self.emitter.value(way);
            self.next.extend(crate::frame::last(&state.path));
            call.args[0] = Expr::Struct(state);
            if call.args.len() == 1 && self.emitter.kept.dropping.contains(&way) {
                call.args.push(parse_quote!(drops));
            }
        }
        visit_mut::visit_expr_call_mut(self, call);
    }

    fn visit_macro_mut(&mut self, mac: &mut syn::Macro) {
        macros::rewrite(mac, &["__goto"], &mut |e| self.visit_expr_mut(e));
    }

    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

/// The first call of `finish`.
fn first_finish(body: &Expr) -> Option<Expr> {
    use syn::visit::{self, Visit};
    struct First(Option<Expr>);
    impl<'ast> Visit<'ast> for First {
        fn visit_expr(&mut self, e: &'ast Expr) {
            if self.0.is_none() {
                self.0 = crate::frame::finish(e).map(|_| e.clone());
                visit::visit_expr(self, e);
            }
        }
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            let mut mac = mac.clone();
            macros::rewrite(&mut mac, &["finish"], &mut |e| {
                if self.0.is_none() {
                    let mut inner = First(None);
                    inner.visit_expr(e);
                    self.0 = inner.0;
                }
            });
        }
    }
    let mut first = First(None);
    first.visit_expr(body);
    first.0
}
