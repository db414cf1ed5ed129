mod mesh;
mod nodes;
mod units;
