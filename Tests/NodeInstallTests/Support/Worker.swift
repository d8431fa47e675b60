import Glibc

/// A thread that blocks on files, which those of Swift's concurrency must not.
final class Worker: @unchecked Sendable {
    // Written before the thread starts and read after it has ended.
    private var thread = pthread_t()
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
        let reference = Unmanaged.passRetained(self)
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, reference.toOpaque())
    }

    /// Waits for the end; called once.
    func join() { pthread_join(thread, nil) }
}

/// What a file of up to 1 MiB says; nil where there is none.
func wholeText(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let count = read(descriptor, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
}
