import Glibc

/// Files of configuration and credentials: read whole, and bounded.
enum SmallFile {
    /// What is larger holds no credentials.
    static let bytesMax = 1 << 20

    static func read(_ path: String) throws(FileFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileFailure(path: path, problem: Self.words(errno)) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileFailure(path: path, problem: Self.words(errno)) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= bytesMax else {
                throw FileFailure(path: path, problem: "it is larger than the \(bytesMax) bytes allowed")
            }
        }
    }

    /// The text without the white space around it, as tokens and names are meant.
    static func word(_ bytes: [UInt8]) -> String {
        let blanks = Set(" \t\r\n".utf8)
        let start = bytes.firstIndex { !blanks.contains($0) } ?? bytes.endIndex
        let end = bytes.lastIndex { !blanks.contains($0) }.map { $0 + 1 } ?? start
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private static func words(_ number: Int32) -> String { String(cString: strerror(number)) }
}

/// A file that cannot be read, and why.
struct FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
    var path: String
    var problem: String

    var description: String { "\(path): \(problem)" }
}
