//! The command line: a role, options with a value each, and the names of files.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::Outcome;

pub struct Options {
    pub role: String,
    pub files: Vec<String>,
    named: HashMap<String, String>,
}

pub fn parse(mut arguments: impl Iterator<Item = String>) -> Outcome<Options> {
    let role = arguments.next().unwrap_or_default();
    let (mut named, mut files) = (HashMap::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix("--") {
            Some(name) => {
                let value = arguments.next().ok_or(format!("--{name} wants a value"))?;
                named.insert(name.to_owned(), value);
            }
            None => files.push(argument),
        }
    }
    Ok(Options { role, files, named })
}

impl Options {
    pub fn text(&self, name: &str) -> Outcome<&str> {
        let value = self.named.get(name).ok_or(format!("--{name} is missing"))?;
        Ok(value)
    }

    pub fn path(&self, name: &str) -> Outcome<PathBuf> {
        Ok(PathBuf::from(self.text(name)?))
    }

    pub fn address(&self) -> Outcome<SocketAddr> {
        Ok(SocketAddr::new(
            self.text("host")?.parse()?,
            self.text("port")?.parse()?,
        ))
    }

    pub fn preferred_port(&self) -> Outcome<Option<u16>> {
        Ok(self
            .named
            .get("preferred-port")
            .map(|port| port.parse())
            .transpose()?)
    }

    pub fn is(&self, behaviour: &str) -> bool {
        self.named
            .get("behaviour")
            .is_some_and(|value| value == behaviour)
    }
}
