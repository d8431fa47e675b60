import CPluginSocket

/// An answer as it travels.
struct Reply {
    let status: UInt8
    let output: [UInt8]

    init(status: UInt8, output: [UInt8]) {
        self.status = status
        self.output = output
    }

    /// An answer, or an error when it is longer than a reply may be.
    static func fitting(status: UInt8, output: [UInt8]) -> Reply {
        guard output.count > Int(BERTH_OUTPUT_BYTES_MAX) else { return Reply(status: status, output: output) }
        return Reply(
            errorCode: 5, "result too long",
            details: "the result has \(output.count) bytes, where a reply carries \(BERTH_OUTPUT_BYTES_MAX)")
    }

    /// A CNI error for a request that cannot be read, and so has no version of its own to answer in.
    init(errorCode: Int, _ message: StaticString, details: String) {
        status = 1
        // The texts are our own and hold nothing that JSON would want escaped.
        output = Array(#"{"cniVersion":"1.1.0","code":\#(errorCode),"msg":"\#(message)","details":"\#(details)"}"#.utf8 + [0x0a])
    }

    /// Returns whether the answer is on its way.
    func send(to connection: Int32) -> Bool {
        var header = berth_reply_header(
            version: UInt8(BERTH_FRAME_VERSION), status: status, reserved: 0, output_bytes: UInt32(output.count))
        return berth_send(connection, &header, MemoryLayout<berth_reply_header>.size, output, output.count, -1, -1) == 0
    }
}
