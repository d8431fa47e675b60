public import Foundation

/// The shared objects that programs need, as the dynamic linker of this machine finds them.
public enum SharedObjects {
    /// Returns the path that each is loaded from, without those that the kernel brings, sorted and once each.
    ///
    /// - Parameter program: One that can be run here; one that is linked statically needs none.
    /// - Throws: ``ArchiveFailure`` when `ldd` cannot tell, or one is missing.
    public static func needed(by program: URL) throws -> [String] {
        let ldd = Process()
        ldd.executableURL = URL(filePath: "/usr/bin/env")
        ldd.arguments = ["LC_ALL=C", "ldd", program.path]
        let (output, errors) = (Pipe(), Pipe())
        ldd.standardOutput = output
        ldd.standardError = errors
        try ldd.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let complaint = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        ldd.waitUntilExit()
        if complaint.contains("not a dynamic executable") { return [] }
        guard ldd.terminationStatus == 0 else {
            throw ArchiveFailure(
                "ldd ended with \(ldd.terminationStatus) on \(program.path): \(complaint)",
                remedy: "Name a program that runs on this machine")
        }
        return try paths(in: text, of: program.path)
    }

    /// Reads what `ldd` prints: `libm.so.6 => /lib/libm.so.6 (0x…)`, `/lib64/ld-linux-x86-64.so.2 (0x…)`, `linux-vdso.so.1 (0x…)`.
    package static func paths(in text: String, of program: String) throws(ArchiveFailure) -> [String] {
        var paths: Set<String> = []
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if line.contains("not found") {
                throw ArchiveFailure("\(program) needs \(words.first ?? ""), which is not here", remedy: "Install it: make setup")
            }
            if words.count >= 3, words[1] == "=>" {
                paths.insert(String(words[2]))
            } else if let first = words.first, first.hasPrefix("/") {
                paths.insert(String(first))
            }
        }
        return paths.sorted()
    }
}
