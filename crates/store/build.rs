//! `migrate!` embeds the migrations; cargo has to be told that they are inputs.
fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
