import CPluginSystem

/// An error of the plugin's own, printed as CNI wants it (CNI specification 1.1.0, section 5, "Error").
struct Failure: ~Copyable {
    let code: Int
    let message: StaticString
    let details: Text

    init(code: Int, _ message: StaticString, _ details: consuming Text) {
        self.code = code
        self.message = message
        self.details = details
    }

    /// Writes the error to standard output, in the version the configuration names, and returns the exit status.
    func print(input: UnsafeRawBufferPointer) -> Int32 {
        var output = Text("{\"cniVersion\":\"")
        output.append(Version.ofConfiguration(input).bytes)
        output.append("\",\"code\":")
        output.append(number: code)
        output.append(",\"msg\":\"")
        output.append(message)
        output.append("\",\"details\":\"")
        // Escaped, the longest path of a socket and the words around it stay far below the capacity of a text.
        output.append(escaped: UnsafeRawBufferPointer(rebasing: details.bytes.prefix(1_500)))
        output.append("\"}\n")
        output.write(to: STDOUT_FILENO)
        return EXIT_FAILURE
    }
}
