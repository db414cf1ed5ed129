mod hostile;
mod mesh;
mod nodes;
mod units;
