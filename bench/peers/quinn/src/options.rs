//! The command line: a role, and options with a value each.

use std::collections::HashMap;

use crate::Outcome;

#[derive(Clone)]
pub struct Options {
    pub role: String,
    named: HashMap<String, String>,
}

pub fn parse(mut arguments: impl Iterator<Item = String>) -> Outcome<Options> {
    let role = arguments.next().unwrap_or_default();
    let mut named = HashMap::new();
    while let Some(argument) = arguments.next() {
        let name = argument.strip_prefix("--").ok_or(format!("{argument} is no option"))?;
        let value = arguments.next().ok_or(format!("--{name} wants a value"))?;
        named.insert(name.to_owned(), value);
    }
    Ok(Options { role, named })
}

impl Options {
    pub fn text(&self, name: &str) -> Outcome<&str> {
        let value = self.named.get(name).ok_or(format!("--{name} is missing"))?;
        Ok(value)
    }

    pub fn number(&self, name: &str) -> Outcome<usize> {
        Ok(self.text(name)?.parse()?)
    }
}
