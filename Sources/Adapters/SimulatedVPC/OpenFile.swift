import FoundationEssentials
import Glibc

/// An open descriptor, closed on exec.
struct OpenFile {
    let path: String
    let descriptor: Int32

    init(_ path: String, flags: Int32) throws(VPCFileError) {
        self.path = path
        descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw VPCFileError("open", path, errno) }
    }

    func close() {
        _ = Glibc.close(descriptor)
    }

    func write(_ bytes: Data) throws(VPCFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw VPCFileError("write", path, errno) }
            rest = rest.dropFirst(written)
        }
    }

    func contents(bytesMax: Int) throws(VPCFileError) -> Data {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw VPCFileError("stat", path, errno) }
        guard status.st_size <= bytesMax else {
            throw VPCFileError(
                problem: "\(path) has \(status.st_size) bytes, \(bytesMax) at most", remedy: "Give the path of a simulated VPC")
        }
        var bytes = Data(count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw VPCFileError("read", path, errno) }
            guard count > 0 else { break }
            filled += count
        }
        return bytes.prefix(filled)
    }
}

/// An exclusive lock (flock(2)), held until it is released or its process ends.
struct FileLock {
    private let file: OpenFile

    init(_ file: OpenFile) throws(VPCFileError) {
        self.file = file
        while flock(file.descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let number = errno
                file.close()
                throw VPCFileError("lock", file.path, number)
            }
        }
    }

    func release() {
        file.close()
    }
}
