use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use syn::punctuated::Punctuated;
use syn::{
    Attribute, ForeignItem, ImplItem, Item, ItemFn, ItemForeignMod, ItemMacro, Meta, Token,
    TraitItem, Type, Visibility,
};

/// What one file offers: `Trait::method`, `Type::method`, `function`, `macro!`, `#[derive(Name)]`,
/// `#[attribute]`.
pub(super) fn scan(path: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let text = fs::read_to_string(path).unwrap();
    let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    items(&file.items, &mut found);
    found
}

fn items(list: &[Item], found: &mut BTreeSet<String>) {
    for item in list {
        match item {
            Item::Fn(function) => free_function(function, found),
            Item::ForeignMod(block) if is_offered(&block.attrs) => sql_functions(block, found),
            Item::Macro(declared) => exported_macro(declared, found),
            Item::Mod(module) if is_offered(&module.attrs) => {
                if let Some((_, inner)) = &module.content {
                    items(inner, found);
                }
            }
            // Functions without arguments are values.
            Item::Struct(value) if is_public(&value.vis) && is_offered(&value.attrs) => {
                let name = value.ident.to_string();
                if name.starts_with(char::is_lowercase) {
                    found.insert(name);
                }
            }
            Item::Trait(declared) if is_public(&declared.vis) && is_offered(&declared.attrs) => {
                for member in &declared.items {
                    if let TraitItem::Fn(method) = member
                        && is_offered(&method.attrs)
                    {
                        found.insert(format!("{}::{}", declared.ident, method.sig.ident));
                    }
                }
            }
            Item::Impl(block) if block.trait_.is_none() && is_offered(&block.attrs) => {
                let Type::Path(path) = &*block.self_ty else {
                    continue;
                };
                let name = &path.path.segments.last().unwrap().ident;
                for member in &block.items {
                    if let ImplItem::Fn(method) = member
                        && is_public(&method.vis)
                        && is_offered(&method.attrs)
                    {
                        found.insert(format!("{name}::{}", method.sig.ident));
                    }
                }
            }
            _ => {}
        }
    }
}

fn free_function(function: &ItemFn, found: &mut BTreeSet<String>) {
    if !is_public(&function.vis) || !is_offered(&function.attrs) {
        return;
    }
    let name = &function.sig.ident;
    let mut item = name.to_string();
    for attribute in &function.attrs {
        for meta in unfold(attribute) {
            if let Some(derived) = derived(&meta) {
                item = format!("#[derive({derived})]");
            } else if meta.path().is_ident("proc_macro_attribute") {
                item = format!("#[{name}]");
            } else if meta.path().is_ident("proc_macro") {
                item = format!("{name}!");
            }
        }
    }
    found.insert(item);
}

/// `proc_macro_derive(Name, ..)`.
fn derived(meta: &Meta) -> Option<String> {
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("proc_macro_derive") {
        return None;
    }
    let name = list.tokens.clone().into_iter().next()?;
    Some(name.to_string())
}

/// An attribute, or those that a `cfg_attr` gives under its condition.
fn unfold(attribute: &Attribute) -> Vec<Meta> {
    let Meta::List(list) = &attribute.meta else {
        return vec![attribute.meta.clone()];
    };
    if !list.path.is_ident("cfg_attr") {
        return vec![attribute.meta.clone()];
    }
    let inner = list
        .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        .unwrap();
    inner.into_iter().skip(1).collect()
}

/// The block of a `declare_sql_function`.
fn sql_functions(block: &ItemForeignMod, found: &mut BTreeSet<String>) {
    for item in &block.items {
        if let ForeignItem::Fn(function) = item
            && is_offered(&function.attrs)
        {
            found.insert(function.sig.ident.to_string());
        }
    }
}

fn exported_macro(declared: &ItemMacro, found: &mut BTreeSet<String>) {
    let is_exported = (declared.attrs.iter()).any(|attr| attr.path().is_ident("macro_export"));
    if let Some(name) = &declared.ident
        && is_exported
        && is_offered(&declared.attrs)
    {
        found.insert(format!("{name}!"));
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Not hidden from the documentation, and neither for tests nor for another database alone.
fn is_offered(attributes: &[Attribute]) -> bool {
    attributes.iter().all(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return true;
        };
        let text = list.tokens.to_string();
        if list.path.is_ident("doc") {
            return text != "hidden";
        }
        if list.path.is_ident("cfg") {
            let foreign = text.contains("mysql") || text.contains("sqlite");
            return text != "test" && (!foreign || text.contains("postgres"));
        }
        true
    })
}
