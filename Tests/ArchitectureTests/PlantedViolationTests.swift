import Testing

/// The same rules on trees with a fault planted in them: each fault must be found, and told with its reason.
struct PlantedViolationTests {
    @Test(arguments: [
        ("Logging", "IPAMEngine imports Logging: the engine must replay from a seed; return an effect (Planted.swift:3)"),
        ("FoundationEssentials", "IPAMEngine imports FoundationEssentials: it reaches the clock"),
        ("Glibc", "IPAMEngine imports Glibc: system calls belong to an adapter"),
        ("Dispatch", "IPAMEngine imports Dispatch: the core is called by one owner at a time"),
        ("NIOCore", "IPAMEngine imports NIOCore: the core is called by one owner at a time"),
        ("Synchronization", "IPAMEngine imports Synchronization: the core is called by one owner at a time"),
        ("Yams", "IPAMEngine imports Yams: the core depends on swift-collections at most"),
        ("NetlinkAdapter", "IPAMEngine imports NetlinkAdapter: arrows point toward the core, and those of IPAMEngine lead to Addressing"),
        ("berthd", "IPAMEngine imports berthd: arrows point toward the core"),
    ])
    func anEngineThatReachesOutwardIsRefused(module: String, refusal: String) {
        let violations = planted.violations(in: tree(with: module, in: "IPAMEngine"))
        #expect(violations.count == 1)
        #expect(violations.first?.hasPrefix(refusal) == true, "\(violations)")
    }

    @Test(arguments: ["Addressing", "DequeModule", "OrderedCollections"])
    func anEngineMayUseWhatIsNearerTheCore(module: String) {
        #expect(planted.violations(in: tree(with: module, in: "IPAMEngine")) == [])
    }

    @Test(arguments: ["Foundation", "Logging", "ArgumentParser", "Addressing"])
    func thePluginTakesNothingButTheCLibraryAndItsFrame(module: String) {
        #expect(planted.violations(in: tree(with: module, in: "berth-cni")).count == 1)
    }

    @Test func anAdapterUsesItsLibraryAndPrintsNothing() {
        #expect(planted.violations(in: tree(with: "AsyncHTTPClient", in: "NetlinkAdapter")) == [])
        #expect(planted.violations(in: tree(with: "ArgumentParser", in: "NetlinkAdapter")).count == 1)
        #expect(planted.violations(in: tree(with: "berthd", in: "NetlinkAdapter")).count == 1)
    }

    @Test func aProgramReachesEverythingButPrograms() {
        #expect(planted.violations(in: tree(with: "NetlinkAdapter", in: "berthd")) == [])
        #expect(planted.violations(in: tree(with: "berth-cni", in: "berthd")).count == 1)
    }

    @Test func aTargetWithoutARuleAndARuleWithoutATargetAreBothTold() {
        let tree = SourceTree([SourceTarget(name: "Stranger", layer: .core, imports: [])])
        let violations = Architecture([TargetRule("Gone", "")]).violations(in: tree)
        #expect(violations.count == 2)
        #expect(violations.contains { $0.contains("Stranger has no purpose") })
        #expect(violations.contains { $0.contains("rule for Gone") })
    }

    @Test func aRuleThatAllowsAnOutwardArrowIsItselfRefused() {
        let architecture = Architecture([TargetRule("IPAMEngine", "", mayImport: ["Addressing", "NetlinkAdapter"])])
        #expect(
            architecture.outwardArrows(in: tree()) == [
                "the rule of IPAMEngine (core) allows NetlinkAdapter (adapters): arrows point toward the core"
            ])
    }

    @Test func aDependencyWithoutAnImportAndAnImportWithoutADependencyAreBothTold() {
        let manifest = PackageManifest(targets: [
            ManifestTarget(name: "NodePorts", dependencyNames: ["Addressing", "Timeline"]),
            ManifestTarget(name: "berth-cni", type: "executable", dependencyNames: []),
            ManifestTarget(name: "CShims", dependencyNames: ["CNetlink"]),
            ManifestTarget(name: "PluginTests", type: "test", dependencyNames: ["berth-cni"]),
        ])
        let differences = manifest.differences(from: [
            ManifestSource(name: "NodePorts", modules: ["Addressing", "PodNetwork", "Glibc"]),
            ManifestSource(name: "CShims", modules: [], isSwift: false),
            ManifestSource(name: "PluginTests", modules: ["Testing", "Foundation"]),
            ManifestSource(name: "Forgotten", folder: "Sources/Core/Forgotten", modules: []),
        ])
        #expect(
            differences == [
                "NodePorts imports PodNetwork: declare it in Package.swift",
                "NodePorts declares Timeline in Package.swift and does not import it: remove it",
                "Forgotten has sources in Sources/Core/Forgotten and no target in Package.swift",
            ])
    }

    // MARK: A small Berth to plant faults in

    private let planted = Architecture([
        TargetRule("Addressing", "addresses"),
        TargetRule("IPAMEngine", "decides", mayImport: ["Addressing"]),
        TargetRule("NetlinkAdapter", "the kernel", mayImport: ["Addressing"]),
        TargetRule("berthd", "the daemon", mayImport: nil),
        TargetRule("berth-cni", "the plugin", onlyOutside: OutsideModules(modules: ["Glibc"], reason: "it must stay small")),
    ])

    private func tree(with module: String? = nil, in name: String? = nil) -> SourceTree {
        let layers: [(String, Layer)] = [
            ("Addressing", .core), ("IPAMEngine", .core), ("NetlinkAdapter", .adapters), ("berthd", .programs), ("berth-cni", .programs),
        ]
        return SourceTree(
            layers.map { target, layer in
                let imports = module.flatMap { target == name ? SourceImport(module: $0, file: "Planted.swift", line: 3) : nil }
                return SourceTarget(name: target, layer: layer, imports: imports.map { [$0] } ?? [])
            })
    }
}
