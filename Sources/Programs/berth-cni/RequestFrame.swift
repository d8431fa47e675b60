import CPluginSocket
import CPluginSystem

/// A request in the form in which it is sent and spooled, built in place in one block of memory.
struct RequestFrame: ~Copyable {
    private let storage: UnsafeMutableRawPointer
    private var environmentBytes = 0
    private var inputBytes = 0
    /// Of the outcome of an IPAM plugin, its header included.
    private var outcomeBytes = 0

    private static let headerBytes = MemoryLayout<berth_request_header>.size

    init() {
        // Pages that stay untouched cost nothing; the byte beyond tells input that is too long from input that just fits.
        storage = .allocate(byteCount: Int(BERTH_REQUEST_BYTES_MAX) + 1, alignment: 16)
    }

    /// The frame as it is sent; complete after ``seal(_:)``.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: storage, count: Self.headerBytes + environmentBytes + inputBytes + outcomeBytes)
    }

    /// What the runtime wrote to standard input.
    var input: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: storage + Self.headerBytes + environmentBytes, count: inputBytes)
    }

    /// Copies every `CNI_*` variable, each with its final zero byte. To be called before ``readInput()``.
    mutating func collectEnvironment() -> Failure? {
        var variable = berth_environment()
        while let entry = variable?.pointee {
            if strncmp(entry, "CNI_", 4) == 0 {
                let length = strlen(entry) + 1
                guard environmentBytes + length <= Int(BERTH_ENVIRONMENT_BYTES_MAX) else { return .environmentTooLong }
                memcpy(storage + Self.headerBytes + environmentBytes, entry, length)
                environmentBytes += length
            }
            variable = variable?.successor()
        }
        return nil
    }

    /// Reads standard input to its end.
    mutating func readInput() -> Failure? {
        let limit = Int(BERTH_INPUT_BYTES_MAX)
        while true {
            let end = Self.headerBytes + environmentBytes + inputBytes
            let count = read(STDIN_FILENO, storage + end, limit + 1 - inputBytes)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return .inputUnreadable(errno) }
            guard count > 0 else { return nil }
            inputBytes += count
            guard inputBytes <= limit else {
                inputBytes = limit
                return .inputTooLong
            }
        }
    }

    /// Writes the header, after which the frame is complete.
    ///
    /// - Parameter flags: Besides those of the sandbox.
    mutating func seal(_ sandbox: berth_sandbox, flags: Int) {
        let header = berth_request_header(
            version: UInt8(BERTH_FRAME_VERSION), flags: sandbox.flags | UInt8(truncatingIfNeeded: flags), sandbox_step: sandbox.step,
            reserved: 0, sandbox_errno: sandbox.error, environment_bytes: UInt32(environmentBytes), input_bytes: UInt32(inputBytes))
        storage.storeBytes(of: header, as: berth_request_header.self)
    }

    /// Where an IPAM plugin's output goes, so that it need not be copied: `BERTH_OUTPUT_BYTES_MAX` bytes behind the input.
    var outcomeSpace: UnsafeMutableRawPointer {
        storage + Self.headerBytes + environmentBytes + inputBytes + MemoryLayout<berth_ipam_outcome>.size
    }

    /// Adds what came of an IPAM plugin, in the place of an earlier outcome; its output is in ``outcomeSpace``. The frame is to be
    /// sealed again.
    mutating func attach(_ outcome: berth_ipam_outcome) {
        storage.storeBytes(
            of: outcome, toByteOffset: Self.headerBytes + environmentBytes + inputBytes, as: berth_ipam_outcome.self)
        outcomeBytes = MemoryLayout<berth_ipam_outcome>.size + Int(outcome.output_bytes)
    }
}

extension Failure {
    fileprivate static var environmentTooLong: Failure {
        var details = Text("the CNI_* variables take more than ")
        details.append(number: Int(BERTH_ENVIRONMENT_BYTES_MAX))
        details.append(" bytes")
        return Failure(code: 4, "environment too long", details)
    }

    fileprivate static var inputTooLong: Failure {
        var details = Text("the configuration on standard input is longer than ")
        details.append(number: Int(BERTH_INPUT_BYTES_MAX))
        details.append(" bytes")
        return Failure(code: 5, "configuration too long", details)
    }

    fileprivate static func inputUnreadable(_ error: Int32) -> Failure {
        var details = Text("read standard input")
        details.append(failure: error)
        return Failure(code: 5, "cannot read the configuration", details)
    }
}
