//! A new migration must reach the ones that are compiled in.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
