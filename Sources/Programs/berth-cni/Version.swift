import CPluginSystem

/// What the plugin says about itself without the daemon.
enum Version {
    /// The version of answers to a configuration that names none.
    private static var latest: StaticString { "1.1.0" }

    /// Every version of the CNI specification, oldest first, each supported.
    private static var supported: StaticString { "0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0" }

    /// Returns the configuration's `cniVersion`; the latest when it has none that reads as a version.
    static func ofConfiguration(_ input: UnsafeRawBufferPointer) -> Text {
        if let version = ConfigScanner.string("cniVersion", in: input), isVersion(version.bytes) { return version }
        return Text(latest)
    }

    private static func isVersion(_ text: UnsafeRawBufferPointer) -> Bool {
        guard !text.isEmpty, text.count <= 32 else { return false }
        for byte in text where byte != UInt8(ascii: ".") && !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte) {
            return false
        }
        return true
    }

    /// Answers VERSION. Input is not waited for at a terminal, where an operator asks by hand.
    static func answer(_ frame: inout RequestFrame) -> Int32 {
        if isatty(STDIN_FILENO) == 0 {
            // Only the version is looked for: of input that is unreadable or too long, in what was read so far.
            _ = frame.readInput()
        }
        var output = Text("{\"cniVersion\":\"")
        output.append(ofConfiguration(frame.input).bytes)
        output.append("\",\"supportedVersions\":[\"")
        appendSupported(to: &output, separator: "\",\"")
        output.append("\"]}\n")
        return output.write(to: STDOUT_FILENO) ? EXIT_SUCCESS : EXIT_FAILURE
    }

    /// Tells a person who ran the plugin by hand what it is, on standard error.
    static func printAbout() -> Int32 {
        var output = Text("berth-cni: gives pods VPC addresses through berthd; run by the container runtime\n")
        output.append("CNI protocol versions supported: ")
        appendSupported(to: &output, separator: ", ")
        output.append("\n")
        output.write(to: STDERR_FILENO)
        return EXIT_SUCCESS
    }

    private static func appendSupported(to output: inout Text, separator: StaticString) {
        for byte in UnsafeBufferPointer(start: supported.utf8Start, count: supported.utf8CodeUnitCount) {
            if byte == UInt8(ascii: " ") { output.append(separator) } else { output.append(byte) }
        }
    }
}
