import ArgumentParser
import CommandLineTool
import Glibc

/// A file that is made and was not there before.
enum NewFile {
    static func write(_ text: String, to file: String) throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw refused(file, errno) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw refused(file, errno) }
            rest = rest.dropFirst(count)
        }
    }

    private static func refused(_ file: String, _ number: Int32) -> ExitCode {
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        StandardError.write("berth: \(file) is not written: \(reason). Give the path of a file that does not exist yet")
        return .badInput
    }
}
