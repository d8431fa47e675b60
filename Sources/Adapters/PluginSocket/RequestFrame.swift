import CNISpec
import CPluginSocket
import PodNetwork

/// A request as it travelled or was spooled, taken apart; `CPluginSocket.h` describes its bytes.
struct RequestFrame {
    let header: berth_request_header
    let environment: [String: String]
    let input: [UInt8]
    /// What came of the IPAM plugin that an earlier answer wanted run.
    let outcome: DelegationOutcome?

    /// - Throws: ``FrameFault`` for bytes that are no whole frame of this version.
    init(_ bytes: UnsafeRawBufferPointer) throws(FrameFault) {
        let headerBytes = MemoryLayout<berth_request_header>.size
        guard bytes.count >= headerBytes else { throw .tooShort(bytes: bytes.count) }
        header = bytes.loadUnaligned(as: berth_request_header.self)
        guard header.version == UInt8(BERTH_FRAME_VERSION) else { throw .version(Int(header.version)) }
        let environmentEnd = headerBytes + Int(header.environment_bytes)
        let inputEnd = environmentEnd + Int(header.input_bytes)
        let hasOutcome = Int(header.flags) & BERTH_FLAG_IPAM_OUTCOME != 0
        let outcomeEnd = hasOutcome ? try Self.outcomeEnd(in: bytes, from: inputEnd) : inputEnd
        guard outcomeEnd == bytes.count else { throw .length(promised: outcomeEnd, bytes: bytes.count) }
        environment = Self.variables(bytes[headerBytes..<environmentEnd])
        input = Array(bytes[environmentEnd..<inputEnd])
        outcome = hasOutcome ? DelegationOutcome(UnsafeRawBufferPointer(rebasing: bytes[inputEnd...])) : nil
    }

    private static func outcomeEnd(in bytes: UnsafeRawBufferPointer, from start: Int) throws(FrameFault) -> Int {
        let headerEnd = start + MemoryLayout<berth_ipam_outcome>.size
        guard headerEnd <= bytes.count else { throw .length(promised: headerEnd, bytes: bytes.count) }
        return headerEnd + Int(bytes.loadUnaligned(fromByteOffset: start, as: berth_ipam_outcome.self).output_bytes)
    }

    /// Splits the environment into names and values. Of a name that occurs twice the first counts, as for getenv(3).
    /// Bytes that are no UTF-8 become U+FFFD, which no CNI parameter may hold, so that they are refused by their name.
    private static func variables(_ block: Slice<UnsafeRawBufferPointer>) -> [String: String] {
        var variables: [String: String] = [:]
        for entry in block.split(separator: 0) {
            let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let name = String(decoding: parts[0], as: UTF8.self)
            guard name.hasPrefix("CNI_"), variables[name] == nil else { continue }
            variables[name] = String(decoding: parts[1], as: UTF8.self)
        }
        return variables
    }
}

extension DelegationOutcome {
    /// - Parameter bytes: The header of an outcome, and what it promises.
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        let header = bytes.loadUnaligned(as: berth_ipam_outcome.self)
        self =
            switch Int(header.ending) {
            case BERTH_IPAM_EXITED:
                .exited(status: Int(header.number), output: Array(bytes[MemoryLayout<berth_ipam_outcome>.size...]))
            case BERTH_IPAM_KILLED: .killed(signal: Int(header.number))
            case BERTH_IPAM_NOT_FOUND: .notFound
            case BERTH_IPAM_TIMED_OUT: .timedOut(after: .milliseconds(Int(header.number)))
            case BERTH_IPAM_WROTE_TOO_MUCH: .wroteTooMuch(bytesMax: Int(BERTH_OUTPUT_BYTES_MAX))
            case BERTH_IPAM_BUSY: .busy(for: .milliseconds(Int(header.number)))
            // An ending that this version does not know is a failure before the start at worst.
            default: .notStarted(problem: "\(KernelErrno(rawValue: header.number))")
            }
    }
}

/// Why bytes are not a request.
public enum FrameFault: Error, Hashable, Sendable, CustomStringConvertible {
    case tooShort(bytes: Int)
    case tooLong(bytes: Int)
    case version(Int)
    case length(promised: Int, bytes: Int)
    /// A spooled request of another command than DEL.
    case command(String?)
    /// Something in the spool that is no file.
    case notAFile

    public var description: String {
        switch self {
        case .tooShort(let bytes):
            "a request of \(bytes) bytes has no header"
        case .tooLong(let bytes):
            "a request of \(bytes) bytes is longer than \(BERTH_REQUEST_BYTES_MAX)"
        case .version(let version):
            "a request of frame version \(version), where this berthd reads version \(BERTH_FRAME_VERSION): "
                + "install berth-cni and berthd of the same release"
        case .length(let promised, let bytes):
            "a request of \(bytes) bytes promises \(promised)"
        case .command(let command):
            "a spooled request has the command \(command ?? "none"), where only DEL is spooled"
        case .notAFile:
            "what is in the place of a spooled request is no file"
        }
    }
}
