#include "os/vdso.h"

#include <elf.h>
#include <sys/auxv.h>

namespace v8py {

namespace {

const Elf64_Sym* Symbols(const void* symbols) { return static_cast<const Elf64_Sym*>(symbols); }

bool IsFunction(const Elf64_Sym& symbol) {
  return symbol.st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol.st_info) == STT_FUNC;
}

}  // namespace

Vdso::Vdso() : begin_(getauxval(AT_SYSINFO_EHDR)) {
  if (begin_ == 0) return;
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(begin_);
  const auto* program = reinterpret_cast<const Elf64_Phdr*>(begin_ + header->e_phoff);
  const Elf64_Dyn* dynamic = nullptr;
  for (int i = 0; i < header->e_phnum; ++i) {
    if (program[i].p_type == PT_LOAD) bias_ = begin_ + program[i].p_offset - program[i].p_vaddr;
    if (program[i].p_type == PT_DYNAMIC) {
      dynamic = reinterpret_cast<const Elf64_Dyn*>(begin_ + program[i].p_offset);
    }
  }
  for (; dynamic && dynamic->d_tag != DT_NULL; ++dynamic) {
    uintptr_t address = bias_ + dynamic->d_un.d_ptr;
    if (dynamic->d_tag == DT_SYMTAB) symbols_ = reinterpret_cast<const void*>(address);
    if (dynamic->d_tag == DT_STRTAB) names_ = reinterpret_cast<const char*>(address);
  }
  // The names follow the symbols, in every kernel's vdso; not every kernel's has a DT_HASH to
  // count.
  auto symbols = reinterpret_cast<uintptr_t>(symbols_);
  auto names = reinterpret_cast<uintptr_t>(names_);
  if (symbols_ && names > symbols) symbol_count_ = (names - symbols) / sizeof(Elf64_Sym);
}

std::string_view Vdso::NameAt(uintptr_t address) const {
  for (size_t i = 0; i < symbol_count_; ++i) {
    const Elf64_Sym& symbol = Symbols(symbols_)[i];
    if (IsFunction(symbol) && bias_ + symbol.st_value == address) return names_ + symbol.st_name;
  }
  return "";
}

uintptr_t Vdso::AddressOf(std::string_view name) const {
  for (size_t i = 0; i < symbol_count_; ++i) {
    const Elf64_Sym& symbol = Symbols(symbols_)[i];
    if (IsFunction(symbol) && name == names_ + symbol.st_name) return bias_ + symbol.st_value;
  }
  return 0;
}

}  // namespace v8py
