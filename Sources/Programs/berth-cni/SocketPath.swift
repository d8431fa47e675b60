import CPluginSocket
import CPluginSystem

/// Where the daemon listens.
struct SocketPath: ~Copyable {
    let text: Text
    private let codeWhenUnusable: Int

    /// Takes the configuration's `berthSocket`, else the environment's `BERTH_SOCKET`, else `/run/berth/cni.sock`.
    init(input: UnsafeRawBufferPointer) {
        // The search for the text alone is a fraction of a scan, and most configurations do not have the key.
        if berth_contains(input.baseAddress, input.count, "\"berthSocket\"") != 0,
            let path = ConfigScanner.string("berthSocket", in: input), !path.bytes.isEmpty
        {
            text = path
            codeWhenUnusable = 7
        } else if let path = getenv("BERTH_SOCKET"), path.pointee != 0 {
            var copy = Text()
            copy.append(UnsafeRawBufferPointer(start: path, count: strlen(path)))
            text = copy
            codeWhenUnusable = 4
        } else {
            text = Text("/run/berth/cni.sock")
            codeWhenUnusable = 7
        }
    }

    /// Whether the kernel takes a path of this length.
    var fits: Bool { text.bytes.count <= Int(BERTH_SOCKET_PATH_BYTES_MAX) }

    var tooLong: Failure {
        var details = Text("a unix socket takes a path of at most ")
        details.append(number: Int(BERTH_SOCKET_PATH_BYTES_MAX))
        details.append(" bytes: ")
        details.append(text.bytes)
        return Failure(code: codeWhenUnusable, "path of berthd's socket too long", details)
    }

    /// The folder that holds the socket, without a final slash; empty for the root.
    var folder: Text {
        let bytes = text.bytes
        var end = bytes.count - 1
        while end >= 0 && bytes[end] != UInt8(ascii: "/") { end -= 1 }
        guard end >= 0 else { return Text(".") }
        var folder = Text()
        folder.append(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        return folder
    }
}
