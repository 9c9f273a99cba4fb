import AzureLinux
import CRPM
import Foundation

/// Reads one spec with librpm into a `SpecInfo`.
struct SpecReader {
  let request: SpecWire.Request
  let setup: SpecWire.Setup

  func read() -> SpecInfo {
    var info = SpecInfo(id: request.spec.id, path: request.spec.path, status: .ok)
    let path = "\(setup.tree)/\(request.spec.path)"
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      info.status = .failed
      info.findings = [SpecFinding(rule: "parse", file: info.path, line: 0, message: "cannot be read")]
      return info
    }
    info.reads = request.versions.keys.sorted()
    MacroScope.enter(request, folder: folder, dist: setup.defines["dist"] ?? "")
    let messages = Messages()
    let spec = messages.collecting {
      rpmSpecParse(path, RPMSPEC_ANYARCH.rawValue | RPMSPEC_FORCE.rawValue, nil)
    }
    guard let spec else {
      info.status = .failed
      info.findings = messages.findings(file: info.path)
      return info
    }
    defer { rpmSpecFree(spec) }
    let lines = SpecLines(text)
    read(spec, into: &info, lines: lines)
    info.inputs = includes(text, folder: folder)
    if lines.mentions("with_check"), let more = checkRequires(path, beyond: info.buildRequires, lines: lines)
    {
      info.checkRequires = more
    }
    return info
  }

  private func read(_ spec: rpmSpec, into info: inout SpecInfo, lines: SpecLines) {
    if let header = rpmSpecSourceHeader(spec) {
      let nevra = Headers.nevra(header)
      info.source = SourcePackage(
        name: nevra.name, evr: nevra.evr,
        srpm: "\(nevra.name)-\(nevra.evr.version)-\(nevra.evr.release).src.rpm")
      info.buildRequires = Headers.dependencies(header, RPMTAG_REQUIRENAME).map {
        lines.place($0, tag: "BuildRequires")
      }
      if !fits(header) { info.status = .excluded }
    }
    let packages = rpmSpecPkgIterInit(spec)
    while let package = rpmSpecPkgIterNext(packages) {
      guard let header = rpmSpecPkgHeader(package) else { continue }
      info.packages.append(
        BinaryPackage(
          nevra: Headers.nevra(header), provides: Headers.dependencies(header, RPMTAG_PROVIDENAME),
          requires: Headers.dependencies(header, RPMTAG_REQUIRENAME).map { lines.place($0, tag: "Requires") })
      )
    }
    rpmSpecPkgIterFree(packages)
    let sources = rpmSpecSrcIterInit(spec)
    while let source = rpmSpecSrcIterNext(sources) {
      guard let full = rpmSpecSrcFilename(source, 1).map({ String(cString: $0) }),
        let name = rpmSpecSrcFilename(source, 0).map({ String(cString: $0) })
      else { continue }
      let flags = rpmSpecSrcFlags(source)
      if flags & RPMBUILD_ISPATCH.rawValue != 0 {
        info.patches.append(name)
      } else if flags & RPMBUILD_ISSOURCE.rawValue != 0 {
        info.sources.append(SourceFile(file: name, url: full))
      }
    }
    rpmSpecSrcIterFree(sources)
    info.patches.sort()
    info.sources.sort { $0.file < $1.file }
    info.hasCheck = rpmSpecGetSection(spec, Int32(RPMBUILD_CHECK.rawValue)) != nil
  }

  private func fits(_ header: Header) -> Bool {
    let only = Headers.strings(header, RPMTAG_EXCLUSIVEARCH)
    let not = Headers.strings(header, RPMTAG_EXCLUDEARCH)
    return (only.isEmpty || only.contains(setup.arch) || only.contains("noarch")) && !not.contains(setup.arch)
  }

  /// What `with_check 1` asks for beyond the plain parse; this process ends afterwards, so its macros may change.
  private func checkRequires(_ path: String, beyond plain: [Dependency], lines: SpecLines) -> [Dependency]? {
    rpmDefineMacro(nil, "with_check 1", RMIL_CMDLINE)
    guard let spec = rpmSpecParse(path, RPMSPEC_ANYARCH.rawValue | RPMSPEC_FORCE.rawValue, nil) else {
      return nil
    }
    defer { rpmSpecFree(spec) }
    guard let header = rpmSpecSourceHeader(spec) else { return nil }
    let known = Set(plain.map(\.text))
    return Headers.dependencies(header, RPMTAG_REQUIRENAME).filter { !known.contains($0.text) }
      .map { lines.place($0, tag: "BuildRequires") }
  }

  /// Files that `%include` and `%{load:…}` read, relative to the tree.
  private func includes(_ text: String, folder: String) -> [String] {
    var files: Set<String> = []
    let named =
      text.matches(of: /(?m)^\s*%include\s+(\S+)/).map(\.1) + text.matches(of: /%\{load:([^}]*)\}/).map(\.1)
    for match in named {
      guard let path = MacroScope.expand(String(match)) else { continue }
      let full = path.hasPrefix("/") ? path : "\(folder)/\(path)"
      if full.hasPrefix(setup.tree + "/") { files.insert(String(full.dropFirst(setup.tree.count + 1))) }
    }
    return files.sorted()
  }
}
