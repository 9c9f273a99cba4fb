import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// From the map and the specs to a finished mirror, reusing whatever an earlier run made of the same inputs.
struct Recipe: Sendable {
  let tree: FilePath
  let out: FilePath
  let cache: FilePath
  let jobs: Int
  private let map: [MappedPackage]

  /// Specs of the tree that every build root needs; built on this machine.
  static let baseSpecs = ["filesystem", "azurelinux-release", "azurelinux-rpm-macros"]
  /// Bumped when this tool makes something else of the same inputs.
  private static let form = 5
  private static let base = "azurelinux/3.0/prod/base"

  init(tree: FilePath, out: FilePath, cache: FilePath, jobs: Int) throws {
    self.tree = tree
    self.out = out
    self.cache = cache
    self.jobs = jobs
    let file = tree.appending("demo/mirror/packages.map")
    map = try PackageMap.parse(String(contentsOfFile: file.string, encoding: .utf8), file: file.string)
  }

  func make() async throws {
    let clock = ContinuousClock.now
    let inputs = Digest.of(
      try ["\(Self.form) \(Conversion.form)", Self.digest(ofFolder: tree.appending("demo/mirror")).hex,
        Self.digest(ofFolder: tree.appending("SPECS")).hex,
      ].joined(separator: "\n"))
    let stamp = out.appending(".inputs")
    if (try? String(contentsOfFile: stamp.string, encoding: .utf8)) == inputs.hex {
      return Progress.say("mirror  up to date: \(out)")
    }
    try FileManager.default.createDirectory(atPath: cache.string, withIntermediateDirectories: true)
    let lock = try WorkspaceLock(cache.appending("lock"))
    defer { withExtendedLifetime(lock) {} }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: cache.string)) ?? []
    where name.hasPrefix("work-") { try? FileManager.default.removeItem(atPath: cache.appending(name).string) }
    let work = cache.appending("work-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(atPath: work.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: work.string) }

    let apt = PrivateApt(state: cache.appending("apt"))
    try await apt.prepare()
    let signer = try await Signer(home: cache.appending("gnupg"))
    let rpms = try await convert(apt, signer, work) + baseRPMs(signer, work)
    Progress.say("mirror  \(rpms.count) RPMs  \(Self.seconds(clock))")

    let mirror = work.appending("mirror")
    try await publish(rpms, as: Self.base + "/x86_64", in: mirror, signer)
    for other in ["/debuginfo/x86_64", "/srpms"] { try await publish([], as: Self.base + other, in: mirror, signer) }
    try await sources(apt, mirror, work)
    try signer.export(to: mirror.appending("keys"))
    try await manifests(rpms, in: mirror)
    let demo = DemoPackages(tree: tree, mirror: mirror, cache: cache, work: work)
    if let built = try await demo.build(baseline: Self.baseSpecs) {
      let signed = try await signer.signed(built.binaries + built.debuginfo + built.sources)
      try await publish(rpms + Array(signed.prefix(built.binaries.count)), as: Self.base + "/x86_64", in: mirror, signer)
      try await publish(
        Array(signed.dropFirst(built.binaries.count).prefix(built.debuginfo.count)),
        as: Self.base + "/debuginfo/x86_64", in: mirror, signer)
      try await publish(Array(signed.suffix(built.sources.count)), as: Self.base + "/srpms", in: mirror, signer)
      Progress.say("mirror  \(signed.count) demo packages  \(Self.seconds(clock))")
    }
    try inputs.hex.write(toFile: mirror.appending(".inputs").string, atomically: true, encoding: .utf8)
    try replace(mirror)
    Progress.say("mirror  ready in \(Self.seconds(clock)): \(out)")
  }

  private static func seconds(_ since: ContinuousClock.Instant) -> String {
    String(format: "%.1f s", Double((ContinuousClock.now - since) / .milliseconds(1)) / 1000)
  }

  /// The old mirror stays whole until the new one is.
  private func replace(_ mirror: FilePath) throws {
    let manager = FileManager.default
    try manager.createDirectory(
      atPath: out.removingLastComponent().string, withIntermediateDirectories: true)
    let aside = FilePath(out.string + ".new")
    let old = FilePath(out.string + ".old")
    for path in [aside, old] { try? manager.removeItem(atPath: path.string) }
    try manager.copyItem(atPath: mirror.string, toPath: aside.string)
    if manager.fileExists(atPath: out.string) { try manager.moveItem(atPath: out.string, toPath: old.string) }
    try manager.moveItem(atPath: aside.string, toPath: out.string)
    try? manager.removeItem(atPath: old.string)
  }

  // MARK: RPMs

  private func convert(_ apt: PrivateApt, _ signer: Signer, _ work: FilePath) async throws -> [FilePath] {
    var map = self.map
    let kernel = try await apt.dependency(of: "linux-image-cloud-amd64", startingWith: "linux-image-")
    for index in map.indices {
      map[index].debs = map[index].debs.map { $0 == "@KERNEL@" ? kernel ?? $0 : $0 }
    }
    let debs = try await apt.download(Set(map.flatMap(\.debs)).sorted())
    Progress.say("mirror  \(debs.count) Debian packages")
    let named = Dictionary(debs.map { ($0.name, $0) }) { first, _ in first }
    var owner: [String: String] = [:]
    for package in map { for deb in package.debs { owner[deb] = package.name } }
    for deb in debs where owner[deb.name] == nil && !PackageMap.skipped.contains(deb.name) {
      owner[deb.name] = deb.name
      map.append(MappedPackage(name: deb.name, debs: [deb.name], links: []))
    }
    let owners = owner
    let store = cache.appending("rpms")
    try FileManager.default.createDirectory(atPath: store.string, withIntermediateDirectories: true)
    return try await withThrowingTaskGroup(of: FilePath.self) { group in
      var queue = map.sorted { $0.name < $1.name }[...]
      var made: [FilePath] = []
      func add() {
        guard let package = queue.popFirst() else { return }
        group.addTask {
          try await one(package, package.debs.compactMap { named[$0] }, owners, store, signer, work)
        }
      }
      for _ in 0..<jobs { add() }
      while let path = try await group.next() {
        made.append(path)
        add()
      }
      return made.sorted { $0.string < $1.string }
    }
  }

  private func one(
    _ package: MappedPackage, _ debs: [PrivateApt.Deb], _ owners: [String: String], _ store: FilePath,
    _ signer: Signer, _ work: FilePath
  ) async throws -> FilePath {
    var requires: Set<String> = []
    for deb in debs {
      let fields = try await Command(
        ["dpkg-deb", "-W", "--showformat=${Depends}, ${Pre-Depends}", deb.file.string]).check().text
      requires.formUnion(PackageMap.dependencies(fields) { owners[$0] })
    }
    requires.remove(package.name)
    let conversion = Conversion(
      package: package, debs: debs, requires: requires.sorted(),
      overlay: tree.appending("demo/mirror/overlay").appending(package.name), work: work.appending(package.name))
    let folder = store.appending(try conversion.key().hex)
    if let known = try? FileManager.default.contentsOfDirectory(atPath: folder.string).first {
      return folder.appending(known)
    }
    let rpm = try await signer.signed([conversion.make()])[0]
    let path = try keep(rpm, in: folder)
    try? FileManager.default.removeItem(atPath: work.appending(package.name).string)
    return path
  }

  private func keep(_ rpm: FilePath, in folder: FilePath) throws -> FilePath {
    let aside = FilePath(folder.string + ".new-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: aside.string, withIntermediateDirectories: true)
    let name = rpm.lastComponent?.string ?? "package.rpm"
    try FileManager.default.moveItem(atPath: rpm.string, toPath: aside.appending(name).string)
    try? FileManager.default.removeItem(atPath: folder.string)
    try FileManager.default.moveItem(atPath: aside.string, toPath: folder.string)
    return folder.appending(name)
  }

  /// The specs that a build root needs before anything can be built in one.
  private func baseRPMs(_ signer: Signer, _ work: FilePath) async throws -> [FilePath] {
    var made: [FilePath] = []
    for spec in Self.baseSpecs {
      let folder = tree.appending("SPECS").appending(spec)
      let key = Digest.of("\(Self.form) \(try Self.digest(ofFolder: folder).hex)")
      let store = cache.appending("base").appending(key.hex)
      if !FileManager.default.fileExists(atPath: store.string) {
        let rpms = work.appending("base-\(spec)")
        let result = try await Command(
          ["rpmbuild", "-bb", "--quiet"]
            + [
              "_topdir \(rpms)/build", "_rpmdir \(rpms)/rpms", "_sourcedir \(folder)", "dist .azl3", "azl 3",
              "with_check 0", "distro_release_version 3.0.20260401", "debug_package %{nil}",
              "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm", "__os_install_post %{nil}",
              "_buildhost demo", "use_source_date_epoch_as_buildtime 1", "_binary_payload w7T0.zstdio",
            ].flatMap { ["--define", $0] } + [folder.appending("\(spec).spec").string],
          environment: ["SOURCE_DATE_EPOCH": Conversion.epoch, "HOME": work.string, "LC_ALL": "C"]
        ).run()
        guard result.isSuccess else {
          throw MirrorError.conversion(
            package: spec, lines: result.errorText.split(separator: "\n").suffix(8).map(String.init))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: rpms.appending("rpms").string)
        _ = try await signer.signed(names.map { rpms.appending("rpms").appending($0) })
        try FileManager.default.createDirectory(
          atPath: store.removingLastComponent().string, withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: rpms.appending("rpms").string, toPath: store.string)
      }
      made += try FileManager.default.contentsOfDirectory(atPath: store.string).sorted().map { store.appending($0) }
    }
    return made
  }

  // MARK: repository

  private func publish(_ rpms: [FilePath], as path: String, in mirror: FilePath, _ signer: Signer) async throws {
    let repository = mirror.appending(path)
    try? FileManager.default.removeItem(atPath: repository.string)
    for rpm in rpms {
      guard let name = rpm.lastComponent?.string, let letter = name.lowercased().first else { continue }
      let folder = repository.appending("Packages").appending(String(letter))
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: rpm.string, toPath: folder.appending(name).string)
    }
    try FileManager.default.createDirectory(atPath: repository.string, withIntermediateDirectories: true)
    try await Command(["createrepo_c", "-q", "--workers", "\(jobs)", repository.string]).check()
    try await signer.sign(repository.appending("repodata/repomd.xml"))
  }

  private func sources(_ apt: PrivateApt, _ mirror: FilePath, _ work: FilePath) async throws {
    let folder = mirror.appending("sources/core")
    let store = cache.appending("sources")
    for path in [folder, store] {
      try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    }
    let table = try String(contentsOfFile: tree.appending("demo/mirror/sources.tsv").string, encoding: .utf8)
    for row in table.split(separator: "\n") where !row.hasPrefix("#") {
      let cells = row.split(separator: "\t").map(String.init)
      guard cells.count == 4 else { throw MirrorError.mapLine(file: "sources.tsv", line: 0, text: String(row)) }
      let (spec, file, package, version) = (cells[0], cells[1], cells[2], cells[3])
      let wanted = try signature(of: file, spec: spec)
      let kept = store.appending(file)
      if (try? Digest.of(file: kept)) != wanted {
        let place = work.appending("source-\(spec)")
        try FileManager.default.createDirectory(atPath: place.string, withIntermediateDirectories: true)
        do { try await apt.source(package, version: version, into: place) } catch let error as CommandError {
          throw MirrorError.missingSource(file: file, package: package, reason: error.message)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: place.string)
        guard let found = try names.first(where: { try Digest.of(file: place.appending($0)) == wanted }) else {
          throw MirrorError.missingSource(
            file: file, package: "\(package) \(version)", reason: "no file there has \(wanted)")
        }
        try? FileManager.default.removeItem(atPath: kept.string)
        try FileManager.default.moveItem(atPath: place.appending(found).string, toPath: kept.string)
      }
      try FileManager.default.copyItem(atPath: kept.string, toPath: folder.appending(file).string)
    }
  }

  private func signature(of file: String, spec: String) throws -> Digest {
    struct File: Decodable { var Signatures: [String: String] }
    let path = tree.appending("SPECS/\(spec)/\(spec).signatures.json")
    let signatures = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: path.string)))
    guard let digest = signatures.Signatures[file].flatMap({ Digest($0) }) else {
      throw MirrorError.noSignature(spec: spec, file: file)
    }
    return digest
  }

  private func manifests(_ rpms: [FilePath], in mirror: FilePath) async throws {
    let list = try String(contentsOfFile: tree.appending("demo/mirror/base.list").string, encoding: .utf8)
    let closure = try await Closure(of: rpms)
    let worker = try closure.files(for: list.split(whereSeparator: \.isWhitespace).map(String.init))
    let folder = mirror.appending("manifests")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    try worker.joined(separator: "\n").appending("\n")
      .write(toFile: folder.appending("pkggen_core_x86_64.txt").string, atomically: true, encoding: .utf8)
    try rpms.compactMap { $0.lastComponent?.string }.sorted().joined(separator: "\n").appending("\n")
      .write(toFile: folder.appending("toolchain_x86_64.txt").string, atomically: true, encoding: .utf8)
  }

  /// Of names, modes and contents below a folder; an absent folder is an empty one.
  static func digest(ofFolder folder: FilePath) throws -> Digest {
    let names = (FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []).sorted()
    var facts: [String] = []
    for name in names {
      let path = folder.appending(name)
      var state = stat()
      guard lstat(path.string, &state) == 0, state.st_mode & S_IFMT == S_IFREG else { continue }
      facts.append("\(name) \(state.st_mode) \(try Digest.of(file: path).hex)")
    }
    return Digest.of(facts.joined(separator: "\n"))
  }
}
