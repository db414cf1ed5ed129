mod hostile;
mod mesh;
pub(crate) mod nodes;
mod units;
