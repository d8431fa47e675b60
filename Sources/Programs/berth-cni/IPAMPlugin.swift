import CPluginSocket
import CPluginSystem

/// The plugin of others that gives pods their addresses, where a configuration names one in its section `ipam`.
///
/// It is found, started and ended here, because the runtime's file system and namespace are this program's alone. What it is run for
/// and what its output means is the daemon's business.
struct IPAMPlugin: ~Copyable {
    /// The network namespace of the runtime, before the pod's is entered; -1 where that is not, or no IPAM plugin is named.
    private let netns: Int32
    /// Whether one can be run.
    private let isRunnable: Bool

    /// To be called before the pod's namespace is entered.
    init(input: UnsafeRawBufferPointer, _ command: Command) {
        guard command.needsSandbox else {
            (netns, isRunnable) = (-1, true)
            return
        }
        netns = Self.isNamed(in: input) ? open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) : -1
        isRunnable = netns >= 0
    }

    /// Flags of the request.
    var flags: Int { isRunnable ? Int(BERTH_FLAG_RUNS_IPAM) : 0 }

    /// Whether the configuration names an IPAM plugin other than this program.
    static func isNamed(in input: UnsafeRawBufferPointer) -> Bool {
        // The search for the text alone is a fraction of a scan, and most configurations do not have the section.
        guard berth_contains(input.baseAddress, input.count, "\"ipam\"") != 0,
            let type = ConfigScanner.string("type", ofSection: "ipam", in: input)
        else { return false }
        return !type.bytes.isEmpty && strcmp(type.cString, "berth-cni") != 0
    }

    /// Runs the plugin with the environment of this one, but for the command, and with its standard input.
    ///
    /// One for an attachment comes after the other: what a killed ADD started may be about to take an address, and a DEL that did not
    /// wait for it would free nothing.
    ///
    /// - Parameter output: Takes what it writes, at most `BERTH_OUTPUT_BYTES_MAX` bytes.
    func run(
        _ order: IPAMOrder, beside socket: borrowing SocketPath, input: UnsafeRawBufferPointer, output: UnsafeMutableRawPointer
    ) -> berth_ipam_outcome {
        guard let file = Self.find(order.plugin) else { return Self.outcome(BERTH_IPAM_NOT_FOUND) }
        var turns = socket.folder
        turns.append("/ipam.lock")
        let turn = berth_take_turn(turns.cString, Self.attachmentNumber, order.milliseconds)
        guard turn >= 0 else {
            let error = errno
            return error == EAGAIN
                ? Self.outcome(BERTH_IPAM_BUSY, order.milliseconds) : Self.outcome(BERTH_IPAM_NOT_STARTED, error)
        }
        defer { berth_end_turn(turn) }
        setenv("CNI_COMMAND", order.command, 1)
        let end = berth_run_program(
            file.cString, netns, input.baseAddress, input.count, output, Int(BERTH_OUTPUT_BYTES_MAX), order.milliseconds)
        return switch end.error {
        case 0 where end.signal != 0: Self.outcome(BERTH_IPAM_KILLED, end.signal, end.output_bytes)
        case 0: Self.outcome(BERTH_IPAM_EXITED, end.exit_status, end.output_bytes)
        case ETIMEDOUT: Self.outcome(BERTH_IPAM_TIMED_OUT, order.milliseconds)
        case EMSGSIZE: Self.outcome(BERTH_IPAM_WROTE_TOO_MUCH)
        default: Self.outcome(BERTH_IPAM_NOT_STARTED, end.error)
        }
    }

    /// Stands for container and interface (FNV-1a, 64 bits); two attachments that share one wait for each other.
    private static var attachmentNumber: UInt64 {
        func mix(_ text: UnsafePointer<CChar>?, into hash: inout UInt64) {
            guard var byte = text else { return }
            while byte.pointee != 0 {
                hash = (hash ^ UInt64(UInt8(bitPattern: byte.pointee))) &* 0x100_0000_01b3
                byte += 1
            }
            hash = (hash ^ 0xff) &* 0x100_0000_01b3
        }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        mix(getenv("CNI_CONTAINERID"), into: &hash)
        mix(getenv("CNI_IFNAME"), into: &hash)
        return hash
    }

    /// The first file of the name in the folders of `CNI_PATH`.
    private static func find(_ plugin: UnsafePointer<CChar>) -> Text? {
        guard let path = getenv("CNI_PATH") else { return nil }
        var folder = path
        while true {
            let length = strcspn(folder, ":")
            var file = Text()
            file.append(UnsafeRawBufferPointer(start: folder, count: length))
            file.append("/")
            file.append(UnsafeRawBufferPointer(start: plugin, count: strlen(plugin)))
            if length > 0, berth_is_file(file.cString) != 0 { return file }
            guard folder[length] != 0 else { return nil }
            folder += length + 1
        }
    }

    private static func outcome(_ ending: some FixedWidthInteger, _ number: Int32 = 0, _ outputBytes: UInt32 = 0) -> berth_ipam_outcome {
        berth_ipam_outcome(ending: UInt32(ending), number: number, output_bytes: outputBytes)
    }
}
