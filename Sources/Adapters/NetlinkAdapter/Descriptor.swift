import Glibc

/// An open file descriptor that is closed at the end of its owner's life.
final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }
}
