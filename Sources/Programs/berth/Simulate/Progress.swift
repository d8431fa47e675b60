import Glibc

/// How far a long run is, on one line of a terminal; nothing where standard error is a file or a pipe.
struct Progress: Sendable {
    let total: UInt64
    private let unit: String
    private let isShown: Bool

    init(of total: UInt64, unit: String = "seeds") {
        self.total = total
        self.unit = unit
        isShown = isatty(STDERR_FILENO) == 1
    }

    func show(_ done: UInt64) {
        write("\r\(done) of \(total) \(unit)")
    }

    /// Wipes the line.
    func end() {
        write("\r\u{1b}[K")
    }

    private func write(_ text: String) {
        guard isShown else { return }
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
