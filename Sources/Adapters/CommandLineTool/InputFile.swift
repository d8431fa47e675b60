import Glibc

/// A file that a person names on the command line.
public enum InputFile {
    /// Why a file is not taken, as the middle of a sentence.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Reads a text, and never more than so many bytes of a file that is larger or has no end.
    ///
    /// - Throws: ``Failure`` when it cannot be read, is larger, or is not UTF-8.
    public static func text(at path: String, bytesMax: Int) throws(Failure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(description: "it cannot be opened: \(reason(errno))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= bytesMax {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(description: "it cannot be read: \(reason(errno))") }
            guard count > 0 else { break }
            bytes += piece.prefix(count)
        }
        guard bytes.count <= bytesMax else { throw Failure(description: "it has more than \(bytesMax) bytes") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Failure(description: "it is not UTF-8 text") }
        return text
    }

    private static func reason(_ number: Int32) -> String { strerror(number).map { String(cString: $0) } ?? "error \(number)" }
}
