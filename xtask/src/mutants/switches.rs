//! A source that holds many mutants at once: each stands beside the original, behind a switch that says which one is in
//! force. So one build serves all of them.
//!
//! No line moves: what the compiler says of a line of the copy is true of the same line here.

use std::ops::Range;

use anyhow::{Context, Result};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{
    punctuated::Punctuated, spanned::Spanned, visit::Visit, BinOp, Block, Expr, ImplItemFn, ItemFn, ItemMod,
    Pat, ReturnType, Signature, Stmt, Token, UnOp,
};

/// A small mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutant {
    pub line: usize,
    /// What it says in place of what, and in which function: with the file, its name.
    pub change: String,
}

/// Where a mistake, or one of several, can stand.
struct Site {
    range: Range<usize>,
    kind: Kind,
    /// Each with its number among the mutants of the file.
    variants: Vec<(usize, String)>,
}

enum Kind {
    /// An expression, or another in its place.
    Expression,
    /// A statement, or none.
    Statement,
    /// The start of a body, which returns early.
    Body,
    /// The pattern of an arm that another one follows for every case.
    Arm,
}

/// Names of the numbers that a function may return as well as others.
const NUMBERS: [&str; 12] =
    ["u8", "u16", "u32", "u64", "u128", "i64", "i128", "Money", "Pnl", "Price", "Shares", "Lots"];
/// Calls, and those that stand in for them.
const CALLS: [(&str, &str); 7] = [
    ("add", "sub"),
    ("min", "max"),
    ("checked_add", "checked_sub"),
    ("saturating_add", "saturating_sub"),
    ("is_some", "is_none"),
    ("is_none_or", "is_some_and"),
    ("any", "all"),
];

/// Returns the mutants of a source, in its order.
pub fn mutants(source: &str) -> Result<Vec<Mutant>> {
    Ok(scan(source)?.mutants)
}

/// Returns the source with those mutants for which `number` has a number, by their places in [`mutants`].
pub fn with_switches(source: &str, number: impl Fn(usize) -> Option<usize>) -> Result<String> {
    let mut sites = scan(source)?.sites;
    for site in &mut sites {
        site.variants.retain_mut(|(at, _)| match number(*at) {
            Some(number) => {
                *at = number;
                true
            }
            None => false,
        });
    }
    sites.retain(|site| !site.variants.is_empty());
    // What is around another comes first; of two of the same extent the one that was found first.
    sites.sort_by_key(|site| (site.range.start, std::cmp::Reverse(site.range.end)));
    let mut text = String::new();
    render(source, 0..source.len(), &sites, &mut text);
    Ok(text)
}

fn render(source: &str, range: Range<usize>, sites: &[Site], text: &mut String) {
    let mut at = range.start;
    let mut rest = sites;
    while let [site, after @ ..] = rest {
        text.push_str(&source[at..site.range.start]);
        let inside = after.iter().take_while(|other| other.range.start < site.range.end).count();
        let (inner, others) = after.split_at(inside);
        let is = |number: &usize| format!("crate::mutant::is({number})");
        let mut original = String::new();
        render(source, site.range.clone(), inner, &mut original);
        let branch = |(number, instead): &(usize, String)| match site.kind {
            Kind::Expression => format!("if {} {{ {instead} }} else ", is(number)),
            Kind::Statement => format!("if !{} {{ ", is(number)),
            Kind::Body => format!(" if {} {{ return {instead}; }}", is(number)),
            Kind::Arm => format!(" if !{}", is(number)),
        };
        let branches: String = site.variants.iter().map(branch).collect();
        text.push_str(&match site.kind {
            Kind::Expression => format!("({branches}{{ {original} }})"),
            Kind::Statement => format!("{branches}{original} }}"),
            Kind::Body | Kind::Arm => format!("{original}{branches}"),
        });
        at = site.range.end;
        rest = others;
    }
    text.push_str(&source[at..range.end]);
}

fn scan(source: &str) -> Result<Scan> {
    let file = syn::parse_file(source).context("it is no Rust")?;
    let mut scan = Scan::default();
    scan.visit_file(&file);
    Ok(scan)
}

#[derive(Default)]
struct Scan {
    function: String,
    mutants: Vec<Mutant>,
    sites: Vec<Site>,
}

/// On one line, with the spaces that a person leaves.
fn words(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let tight =
        [(" . ", "."), (" (", "("), ("( ", "("), (" )", ")"), (" ,", ","), (" :: ", "::"), (" ?", "?")];
    let text = tight.iter().fold(text, |text, (from, to)| text.replace(from, to));
    // A reference or a negation, and neither an operator nor a macro.
    let text = text.replace(" &&", " @@").replace("& ", "&").replace("! ", "!").replace(" !(", "!(");
    text.replace(" @@", " &&")
}

impl Scan {
    fn site(&mut self, span: Span, kind: Kind, original: &str, variants: Vec<TokenStream>) {
        let mut numbered = vec![];
        for variant in variants {
            let change = match kind {
                Kind::Expression => format!("replace `{original}` with `{}`", words(&variant)),
                Kind::Statement => format!("delete `{original}`"),
                Kind::Body => format!("return `{}` at once", words(&variant)),
                Kind::Arm => format!("delete the case `{original}`"),
            };
            numbered.push((self.mutants.len(), variant.to_string()));
            let change = format!("{change} in {}", self.function);
            self.mutants.push(Mutant { line: span.start().line, change });
        }
        self.sites.push(Site { range: span.byte_range(), kind, variants: numbered });
    }

    fn replace(&mut self, whole: &Expr, variants: Vec<TokenStream>) {
        if !variants.is_empty() {
            self.site(whole.span(), Kind::Expression, &words(whole), variants);
        }
    }

    fn function(&mut self, signature: &Signature, block: &Block) {
        if signature.constness.is_some() {
            return; // a switch is read when the program runs
        }
        let outer = std::mem::replace(&mut self.function, signature.ident.to_string());
        let open = block.brace_token.span.open();
        self.site(open, Kind::Body, "", returned(&signature.output));
        self.visit_block(block);
        self.function = outer;
    }
}

/// What a function can return that has done nothing.
fn returned(output: &ReturnType) -> Vec<TokenStream> {
    let text = match output {
        ReturnType::Default => return vec![TokenStream::new()],
        ReturnType::Type(_, what) => what.to_token_stream().to_string().replace(' ', ""),
    };
    let inner = text.strip_prefix("Result<").and_then(|text| text.strip_suffix('>'));
    let values: &[&str] = match inner.unwrap_or(&text) {
        "()" => &["()"],
        "bool" => &["true", "false"],
        number if NUMBERS.contains(&number) => &["0", "1"],
        other if other.starts_with("Option<") => &["None"],
        _ => &[],
    };
    let wrapped = |value: &&str| match inner {
        Some(_) => format!("Ok({value})"),
        None => (*value).to_owned(),
    };
    values.iter().map(|value| wrapped(value).parse().expect("it is Rust")).collect()
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && words(attribute).contains("test"))
}

/// Other operators in the place of this one: beside the limit, and the contrary.
fn others(operator: &BinOp) -> &'static [&'static str] {
    match operator {
        BinOp::Lt(_) => &["<=", ">="],
        BinOp::Le(_) => &["<", ">"],
        BinOp::Gt(_) => &[">=", "<="],
        BinOp::Ge(_) => &[">", "<"],
        BinOp::Eq(_) => &["!="],
        BinOp::Ne(_) => &["=="],
        BinOp::Add(_) => &["-"],
        BinOp::Sub(_) => &["+"],
        BinOp::Mul(_) => &["/"],
        BinOp::Div(_) => &["*"],
        BinOp::BitAnd(_) => &["|"],
        BinOp::BitOr(_) => &["&"],
        _ => &[],
    }
}

/// The call that stands in for one of this name.
fn other_call(name: &str) -> Option<&'static str> {
    CALLS.iter().find_map(|(one, other)| match name {
        _ if name == *one => Some(*other),
        _ if name == *other => Some(*one),
        _ => None,
    })
}

/// What an expression is replaced with.
fn instead(expression: &Expr) -> Vec<TokenStream> {
    match expression {
        Expr::Binary(binary) => {
            let (left, right) = (&binary.left, &binary.right);
            if matches!(binary.op, BinOp::And(_) | BinOp::Or(_)) {
                return vec![left.to_token_stream(), right.to_token_stream()];
            }
            let operators = others(&binary.op).iter().map(|operator| operator.parse::<TokenStream>());
            let whole = |operator: TokenStream| quote::quote!(#left #operator #right);
            operators.map(|operator| whole(operator.expect("an operator"))).collect()
        }
        Expr::Unary(unary) if !matches!(unary.op, UnOp::Deref(_)) => vec![unary.expr.to_token_stream()],
        Expr::MethodCall(call) => {
            let Some(name) = other_call(&call.method.to_string()) else { return vec![] };
            let mut other = call.clone();
            other.method = syn::Ident::new(name, Span::call_site());
            vec![other.to_token_stream()]
        }
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else { return vec![] };
            let Some(last) = function.path.segments.last() else { return vec![] };
            let Some(name) = other_call(&last.ident.to_string()) else { return vec![] };
            let mut function = function.clone();
            function.path.segments.last_mut().expect("it has one").ident =
                syn::Ident::new(name, Span::call_site());
            let arguments = &call.args;
            vec![quote::quote!(#function(#arguments))]
        }
        _ => vec![],
    }
}

/// Whether an expression does something by itself, so that it can be left out.
fn can_be_left_out(expression: &Expr) -> bool {
    match expression {
        Expr::Try(inner) => can_be_left_out(&inner.expr),
        Expr::Assign(_) | Expr::Call(_) | Expr::MethodCall(_) => true,
        Expr::Binary(binary) => matches!(binary.op, BinOp::AddAssign(_) | BinOp::SubAssign(_)),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Scan {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}

    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            Stmt::Expr(expression, Some(_)) if can_be_left_out(expression) => {
                self.site(statement.span(), Kind::Statement, &words(expression), vec![TokenStream::new()]);
            }
            Stmt::Macro(call) if call.mac.path.is_ident("require") => {
                self.site(statement.span(), Kind::Statement, &words(&call.mac), vec![TokenStream::new()]);
                let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
                if let Some(condition) =
                    call.mac.parse_body_with(parser).ok().and_then(|arguments| arguments.first().cloned())
                {
                    Scan::visit_expr(self, &condition);
                }
                return;
            }
            _ => {}
        }
        syn::visit::visit_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &Expr) {
        self.replace(expression, instead(expression));
        syn::visit::visit_expr(self, expression);
    }

    fn visit_expr_if(&mut self, branch: &syn::ExprIf) {
        // Comparisons and negations have mutants of their own.
        if matches!(&*branch.cond, Expr::Call(_) | Expr::MethodCall(_) | Expr::Path(_) | Expr::Field(_)) {
            self.replace(&branch.cond, vec![quote::quote!(true), quote::quote!(false)]);
        }
        syn::visit::visit_expr_if(self, branch);
    }

    fn visit_expr_match(&mut self, choice: &syn::ExprMatch) {
        let wild = |arm: &syn::Arm| matches!(arm.pat, Pat::Wild(_)) && arm.guard.is_none();
        if choice.arms.last().is_some_and(wild) {
            let named = &choice.arms[..choice.arms.len().saturating_sub(1)];
            for arm in named.iter().filter(|arm| arm.guard.is_none()) {
                let text = words(&arm.pat);
                self.site(arm.pat.span(), Kind::Arm, &text, vec![TokenStream::new()]);
            }
        }
        for (_, guard) in choice.arms.iter().filter_map(|arm| arm.guard.as_ref()) {
            if matches!(&**guard, Expr::Call(_) | Expr::MethodCall(_) | Expr::Path(_)) {
                self.replace(guard, vec![quote::quote!(true), quote::quote!(false)]);
            }
        }
        syn::visit::visit_expr_match(self, choice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
fn pay(fund: &mut Fund, amount: u64) -> Result<()> {
    require!(amount > 0 && fund.is_open(), Error::Zero);
    fund.pool = add(fund.pool, amount)?;
    Ok(())
}

const fn limit() -> bool {
    2 < 3
}
";

    fn changes() -> Vec<String> {
        mutants(SOURCE).unwrap().into_iter().map(|mutant| mutant.change).collect()
    }

    #[test]
    fn each_kind_of_mistake_is_named_with_its_function() {
        let wanted = [
            "return `Ok(())` at once in pay",
            "delete `require!(amount > 0 && fund.is_open(), Error::Zero)` in pay",
            "replace `amount > 0 && fund.is_open()` with `amount > 0` in pay",
            "replace `amount > 0 && fund.is_open()` with `fund.is_open()` in pay",
            "replace `amount > 0` with `amount >= 0` in pay",
            "replace `amount > 0` with `amount <= 0` in pay",
            "delete `fund.pool = add(fund.pool, amount)?` in pay",
            "replace `add(fund.pool, amount)` with `sub(fund.pool, amount)` in pay",
        ];
        assert_eq!(changes(), wanted, "and none in a function that the compiler runs");
    }

    #[test]
    fn a_copy_has_every_mutant_once_on_the_line_of_its_original() {
        let copy = with_switches(SOURCE, |at| Some(at + 1)).unwrap();
        assert_eq!(copy.lines().count(), SOURCE.lines().count());
        syn::parse_file(&copy).expect("it is Rust still");
        for (at, mutant) in mutants(SOURCE).unwrap().iter().enumerate() {
            let switch = format!("mutant::is({})", at + 1);
            assert_eq!(copy.matches(&switch).count(), 1, "{switch}");
            assert!(copy.lines().nth(mutant.line - 1).unwrap().contains(&switch), "{}", mutant.change);
        }
    }

    #[test]
    fn without_numbers_the_source_stays_as_it_is() {
        assert_eq!(with_switches(SOURCE, |_| None).unwrap(), SOURCE);
    }
}
