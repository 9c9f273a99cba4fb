import AzureLinux
import Checks
import Foundation
import Pipeline
import RPM
import Solver
import SystemPackage
import Terminal

/// Targets that look into finished RPMs.
extension MakeTasks {
  // MARK: licence files

  func licences(_ report: MakeReport) async throws {
    var report = report
    // a look that is asked for is one, whatever builds do
    let given = LicenceCheckMode(rawValue: values["LICENSE_CHECK_MODE"]) ?? .none
    let mode = given == .none ? .fatal : given
    let checked = try await checkedPackages(report.target)
    let checker = try licenceLists()
    var findings: [LicenceFindings] = []
    var count = 0
    for (path, name) in checked.packages {
      try Task.checkCancellation()
      let header = try RPMHeader.read(path)
      guard !header.isSource else { continue }
      count += 1
      let found = checker.findings(
        .init(
          package: header.nevra.name, files: header.files.filter { !$0.isFolder }.map(\.path),
          documents: header.files.filter(\.isDocument).map(\.path),
          licences: header.files.filter(\.isLicence).map(\.path)), rpm: name)
      if !found.isEmpty { findings.append(found) }
    }
    report.licences = findings
    report.written = [try write(LicenceFindings.upstream(findings), to: checked.results)]
    let errors = findings.filter { $0.isError(mode) }
    let lines = findings.flatMap { Self.lines($0) }
    let sum =
      "\(Figure.count(count, "RPM")): \(Figure.count(errors.count)) with errors, "
      + "\(Figure.count(findings.count - errors.count)) with warnings"
    report.problems = errors.map {
      .init(subject: $0.rpm, message: "its licence files are not marked %license, or are %doc too")
    }
    try show(report, lines + [Output.style.fact("Licences", sum)])
  }

  /// What a target looks into, by path and file name, and where upstream's form of the findings goes.
  private func checkedPackages(
    _ target: String
  ) async throws -> (packages: [(path: FilePath, name: String)], results: FilePath) {
    if target == "license-check-img" {
      let progress = BuildProgress(json: common.json)
      let bench = try await Workbench.open(common, access: .write, progress: progress)
      defer { progress.end() }
      let path = MakeCommand.place(values["CONFIG_FILE"])
      let base = words.isSet("CONFIG_BASE_DIR") ? MakeCommand.place(values["CONFIG_BASE_DIR"]) : nil
      let names = try bench.packages(ofImage: path, base: base)
      let rpms = try await bench.imagePackages(names.map(PackageText.dependency))
      progress.flushFetched()
      return (
        rpms.map { (FilePath($0.path), $0.nevra.fileName) }.sorted { $0.1 < $1.1 },
        bench.imageGeneration(path.stem ?? "image").appending("license_check_results.json")
      )
    }
    let folders =
      target == "license-check"
      ? words.list("LICENSE_CHECK_DIRS").map(MakeCommand.place) : [workspace.out.appending("RPMS")]
    return (
      try folders.flatMap(rpms).map { ($0, $0.lastComponent?.string ?? "") },
      workspace.out.appending("license_check").appending("license_check_results_pkg.json")
    )
  }

  private static func lines(_ found: LicenceFindings) -> [String] {
    let parts = [
      ("bad %doc files", found.documents), ("bad general file", found.unmarked),
      ("duplicated license files", found.duplicated),
    ]
    return [found.rpm] + parts.flatMap { title, files in files.map { "  \(title): \($0)" } }
  }

  private func licenceLists() throws -> LicenceFiles {
    let manager = FileManager.default
    let (names, exceptions) = (folder("LICENSE_CHECK_NAME_FILE"), folder("LICENSE_CHECK_EXCEPTION_FILE"))
    guard let list = manager.contents(atPath: names.string) else {
      throw TreeError.unreadable(
        shown(names), "LICENSE_CHECK_NAME_FILE has to name the list of licence names")
    }
    return try LicenceFiles(names: list, exceptions: manager.contents(atPath: exceptions.string))
  }

  private func rpms(below folder: FilePath) throws -> [FilePath] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.string, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw TreeError.noFolder(shown(folder))
    }
    let names = FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".rpm") }.sorted().map { folder.pushing(FilePath($0)) }
  }

  // MARK: sonames

  /// What the newest published packages offer of shared libraries, against what was built in their place.
  func sonames(_ report: MakeReport) async throws {
    var report = report
    let progress = BuildProgress(json: common.json)
    let bench = try await Workbench.open(common, access: .read, progress: progress)
    let universe = try await bench.packages.universe()
    var offered: Set<String> = []
    var required: [String: Set<String>] = [:]
    var names: Set<String> = []
    for path in try rpms(below: workspace.out.appending("RPMS")) {
      try Task.checkCancellation()
      let header = try RPMHeader.read(path)
      guard !header.nevra.isDebug else { continue }
      names.insert(header.nevra.name)
      offered.formUnion(header.provides.map(\.name))
      required[header.nevra.name, default: []].formUnion(header.requires.map(\.name))
    }
    var lost: [String: String] = [:]
    for name in names.sorted() {
      guard let published = await universe.offers(ofPackage: name) else { continue }
      for capability in published.names.subtracting(offered) where Self.isLibrary(capability) {
        lost[capability] = published.package.nevra.fileName
      }
    }
    let users = await universe.requirers(of: Set(lost.keys))
    report.sonames = lost.sorted { $0.key < $1.key }.compactMap { capability, published in
      let left = users.filter { one in
        guard one.requires.contains(capability) else { return false }
        // built again here: then what it asks for now counts
        return required[one.package.nevra.name].map { $0.contains(capability) } ?? true
      }
      return LostCapability(
        capability: capability, published: published,
        users: left.map { .init(source: $0.package.sourceName, rpm: $0.package.nevra.fileName) })
    }
    progress.end()
    let sources = Set((report.sonames ?? []).flatMap { $0.users.map(\.source) }).sorted()
    report.written = [
      try write(
        Data(sources.map { $0 + "\n" }.joined().utf8),
        to: workspace.out.appending("sodiff").appending("sodiff-summary.txt"))
    ]
    report.problems = sources.map {
      .init(subject: $0, message: "has to be built again: what it requires is no more")
    }
    let style = Output.style
    let lines = (report.sonames ?? []).flatMap { one in
      [style.fact("Lost", "\(one.capability)  \(style.paint("of \(one.published)", .dim))")]
        + one.users.map { style.fact("", "required by \($0.rpm)") }
    }
    try show(
      report,
      lines.isEmpty
        ? [style.fact("Sonames", "what was built offers all that published packages offer")] : lines)
  }

  /// rpm writes a soname with brackets behind it: a symbol version, and the word size.
  private static func isLibrary(_ capability: String) -> Bool {
    capability.firstMatch(of: /\.so[.(]/) != nil || capability.hasSuffix(".so")
  }
}
