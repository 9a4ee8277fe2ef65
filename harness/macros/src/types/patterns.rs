//! Types of the names in a pattern, from the type of what it is matched against.

use syn::{Pat, PatIdent, Type, parse_quote};

use super::inside;

/// Names a pattern binds by value, with the types that `ty` gives them.
pub fn bindings(pattern: &Pat, ty: Option<&Type>, out: &mut Vec<(PatIdent, Option<Type>)>) {
    match pattern {
        // A capital makes it a constant or a variant without fields.
        Pat::Ident(p) if p.ident.to_string().starts_with(char::is_uppercase) => {}
        Pat::Ident(p) => {
            let known = ty.filter(|_| p.by_ref.is_none()).cloned();
            out.push((p.clone(), known));
            if let Some((_, inner)) = &p.subpat {
                bindings(inner, None, out);
            }
        }
        Pat::Paren(p) => bindings(&p.pat, ty, out),
        Pat::Type(p) => bindings(&p.pat, Some(&p.ty), out),
        Pat::Tuple(t) => {
            let whole = !t.elems.iter().any(|e| matches!(e, Pat::Rest(_)));
            for (at, element) in t.elems.iter().enumerate() {
                let known = ty.filter(|_| whole).and_then(|ty| element_type(ty, at));
                bindings(element, known.as_ref(), out);
            }
        }
        Pat::TupleStruct(t) => {
            let name = t.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
            let known = ty.and_then(|ty| match name.as_str() {
                "Some" => inside(ty, "Option").or_else(|| projected(ty)),
                "Ok" => inside(ty, "Result").or_else(|| projected(ty)),
                "Err" => failure(ty),
                _ => None,
            });
            t.elems.iter().for_each(|e| bindings(e, known.as_ref(), out));
        }
        Pat::Struct(s) => s.fields.iter().for_each(|f| bindings(&f.pat, None, out)),
        Pat::Slice(s) => s.elems.iter().for_each(|e| bindings(e, None, out)),
        Pat::Reference(r) => bindings(&r.pat, None, out),
        Pat::Or(o) => o.cases.iter().take(1).for_each(|c| bindings(c, ty, out)),
        _ => {}
    }
}

/// The type of element `at` of a tuple type, by projection where it is not spelled out.
fn element_type(ty: &Type, at: usize) -> Option<Type> {
    match ty {
        Type::Tuple(t) => t.elems.get(at).cloned(),
        Type::Path(p) if p.qself.is_some() => {
            Some(parse_quote!(<#ty as ::switchback::frame::Element<#at>>::Type))
        }
        _ => None,
    }
}

/// The second type argument of `Result`.
pub fn failure(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|s| s.ident == "Result")?;
    let syn::PathArguments::AngleBracketed(list) = &last.arguments else { return None };
    match list.args.iter().nth(1) {
        Some(syn::GenericArgument::Type(ty)) => Some(ty.clone()),
        _ => None,
    }
}

/// What an `Option` or `Result` holds that is known by projection only.
fn projected(ty: &Type) -> Option<Type> {
    matches!(ty, Type::Path(p) if p.qself.is_some())
        .then(|| parse_quote!(<#ty as ::switchback::frame::Inside>::Type))
}
