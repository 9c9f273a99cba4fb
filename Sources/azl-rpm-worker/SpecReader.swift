import CRPM
import CReads
import SpecFormat

/// Reads one spec with librpm into a `SpecInfo`. Its process ends afterwards: nothing is freed.
struct SpecReader {
  let request: SpecWire.Request
  let setup: SpecWire.Setup

  func read() -> SpecWire.Parsed {
    var info = SpecInfo(id: request.spec.id, path: request.spec.path, status: .ok)
    let path = "\(setup.tree)/\(request.spec.path)"
    MacroScope.enter(
      request, folder: "\(setup.tree)/\(request.spec.directory)", dist: setup.defines["dist"] ?? "")
    reads_spec(path)
    let messages = Messages()
    let spec = messages.collecting {
      rpmSpecParse(path, RPMSPEC_ANYARCH.rawValue | RPMSPEC_FORCE.rawValue, nil)
    }
    let seen = Seen(tree: setup.tree)
    info.inputs = seen.files.filter { $0 != request.spec.path }
    info.looksAround = seen.looksAround(in: [setup.tree, setup.outside])
    info.reads = seen.versionReads.sorted()
    var text = ""
    if let spec {
      if request.wantsText, let all = rpmSpecGetSection(spec, Int32(RPMBUILD_NONE.rawValue)) {
        text = String(cString: all)
      }
      read(spec, into: &info, lines: SpecLines(seen.text(of: request.spec.path)))
    } else {
      info.status = .failed
      info.findings = messages.findings(tree: setup.tree, file: info.path)
    }
    info.findings += MachineQuestions.findings(in: seen.commands, file: info.path)
    return .init(
      outputs: seen.outputs, readsCheck: CheckValue.isAsked(in: seen.commands), info: info, text: text)
  }

  private func read(_ spec: rpmSpec, into info: inout SpecInfo, lines: SpecLines) {
    if let header = rpmSpecSourceHeader(spec) {
      let nevra = Headers.nevra(header)
      info.source = SourcePackage(
        name: nevra.name, evr: nevra.evr,
        srpm: "\(nevra.name)-\(nevra.evr.version)-\(nevra.evr.release).src.rpm")
      info.buildRequires = Headers.dependencies(header, RPMTAG_REQUIRENAME).map {
        lines.place($0, .buildRequires)
      }
      if !fits(header) { info.status = .excluded }
    }
    let packages = rpmSpecPkgIterInit(spec)
    while let package = rpmSpecPkgIterNext(packages) {
      guard let header = rpmSpecPkgHeader(package) else { continue }
      info.packages.append(
        BinaryPackage(
          nevra: Headers.nevra(header), provides: Headers.dependencies(header, RPMTAG_PROVIDENAME),
          requires: Headers.dependencies(header, RPMTAG_REQUIRENAME).map { lines.place($0, .requires) }))
    }
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
    info.patches.sort()
    info.sources.sort { $0.file < $1.file }
    info.hasCheck = rpmSpecGetSection(spec, Int32(RPMBUILD_CHECK.rawValue)) != nil
  }

  private func fits(_ header: Header) -> Bool {
    let only = Headers.strings(header, RPMTAG_EXCLUSIVEARCH)
    let not = Headers.strings(header, RPMTAG_EXCLUDEARCH)
    return (only.isEmpty || only.contains(setup.arch) || only.contains("noarch")) && !not.contains(setup.arch)
  }
}
