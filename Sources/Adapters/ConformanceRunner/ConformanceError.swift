import Glibc
import NodePorts

/// The run itself cannot go on: the machine refused something, or the run was stopped.
public struct ConformanceError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ action: String, errno number: Int32) {
        description = "\(action): \(String(cString: strerror(number)))"
    }

    init(_ error: KernelError) {
        description = "\(error)"
    }

    static let stopped = ConformanceError("the run was stopped")
}
