import Glibc

/// Messages for people, which must not mix with what a program prints for programs.
public enum StandardError {
    /// Writes one line, whole, to standard error.
    public static func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
