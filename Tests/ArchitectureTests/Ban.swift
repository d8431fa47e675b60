/// Modules that a layer keeps out, with what to do instead.
struct Ban {
    let layers: Set<Layer>
    let modules: Set<String>
    let reason: String

    func covers(_ module: String, in layer: Layer) -> Bool {
        layers.contains(layer) && modules.contains { module == $0 || ($0.hasSuffix("*") && module.hasPrefix($0.dropLast())) }
    }

    /// The first that covers a module gives the reason.
    static let all: [Ban] = [
        Ban(layers: Layer.pure, modules: ["Logging", "Metrics"], reason: "the engine must replay from a seed; return an effect"),
        Ban(
            layers: Layer.pure, modules: ["Foundation*", "System*"],
            reason: "it reaches the clock, the environment and files; take what is needed as an argument"),
        Ban(
            layers: Layer.pure, modules: ["Glibc", "Musl", "Darwin"],
            reason: "system calls belong to an adapter; take what is needed as an argument"),
        Ban(
            layers: Layer.pure, modules: ["Dispatch", "Synchronization", "NIO*", "_Concurrency", "ServiceLifecycle", "UnixSignals"],
            reason: "the core is called by one owner at a time; threads and locks are that owner's"),
        Ban(
            layers: [.adapters], modules: ["ArgumentParser", "TextTable", "Rainbow"],
            reason: "words on a terminal belong to a program; return a value"),
        Ban(
            layers: [.generators], modules: ["ArgumentParser", "NIO*", "Logging"],
            reason: "a generator is compiled before everything else; the toolchain's own modules must do"),
    ]

    /// What the core and planning may take from outside: ordered and double-ended collections.
    static let collections: Set<String> = [
        "BitCollections", "Collections", "DequeModule", "HashTreeCollections", "HeapModule", "OrderedCollections",
    ]
}
