import Glibc

extension Trial {
    /// A folder of the trial's own, which goes with it.
    func folder() throws(ConformanceError) -> String {
        let path = unusedPath
        guard mkdir(path, 0o700) == 0 else { throw ConformanceError("make the folder \(path)", errno: errno) }
        willRemove(path)
        return path
    }

    func write(_ bytes: [UInt8], to path: String) throws(ConformanceError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o755)
        guard descriptor >= 0 else { throw ConformanceError("write \(path)", errno: errno) }
        defer { close(descriptor) }
        willRemove(path)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw ConformanceError("write \(path)", errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    func read(_ path: String) throws(ConformanceError) -> String {
        String(decoding: try readBytes(path), as: UTF8.self)
    }

    /// A whole file of at most 256 MiB; a plugin in Go has some 5 MiB.
    func readBytes(_ path: String) throws(ConformanceError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ConformanceError("read \(path)", errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while bytes.count < 256 << 20 {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw ConformanceError("read \(path)", errno: errno) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
