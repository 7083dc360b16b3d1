//! x
fn main() {
    for line in std::io::stdin().lines() {
        println!("{}", deltamerge::batch::reply(&line.unwrap()));
    }
}
