//! Wasmer's memory, watched for what a guest asks for.

use std::ptr::NonNull;
use std::time::Duration;

use wasmer::sys::vm::{
    ExpectedValue, LinearMemory, MemoryStyle, TableStyle, ThreadConditions, Trap, VMMemory,
    VMMemoryDefinition, VMSharedMemory, VMTable, VMTableDefinition, WaiterError,
};
use wasmer::sys::{BaseTunables, Target, Tunables};
use wasmer::{MemoryError, MemoryType, Pages, TableType};

use crate::memory::asked;

/// Makes every memory of a guest a watched one, and everything else as Wasmer would.
pub struct Watched(BaseTunables);

impl Watched {
    pub fn new(target: &Target) -> Self {
        Self(BaseTunables::for_target(target))
    }
}

impl Tunables for Watched {
    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        self.0.memory_style(memory)
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        self.0.table_style(table)
    }

    fn create_host_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
    ) -> Result<VMMemory, MemoryError> {
        Ok(watched(ty, self.0.create_host_memory(ty, style)?))
    }

    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        definition: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        Ok(watched(ty, unsafe {
            self.0.create_vm_memory(ty, style, definition)?
        }))
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.0.create_host_table(ty, style)
    }

    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        definition: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        unsafe { self.0.create_vm_table(ty, style, definition) }
    }
}

fn watched(ty: &MemoryType, memory: VMMemory) -> VMMemory {
    asked(ty.minimum.bytes().0 as u64);
    VMMemory(Box::new(WatchedMemory(memory)))
}

#[derive(Debug)]
struct WatchedMemory(VMMemory);

impl LinearMemory for WatchedMemory {
    fn grow(&mut self, delta: Pages) -> Result<Pages, MemoryError> {
        asked(delta.bytes().0 as u64);
        self.0.grow(delta)
    }

    fn grow_at_least(&mut self, min_size: u64) -> Result<(), MemoryError> {
        asked(min_size.saturating_sub(self.0.size().bytes().0 as u64));
        self.0.grow_at_least(min_size)
    }

    fn ty(&self) -> MemoryType {
        self.0.ty()
    }

    fn size(&self) -> Pages {
        self.0.size()
    }

    fn style(&self) -> MemoryStyle {
        self.0.style()
    }

    fn reset(&mut self) -> Result<(), MemoryError> {
        self.0.reset()
    }

    fn vmmemory(&self) -> NonNull<VMMemoryDefinition> {
        self.0.vmmemory()
    }

    fn try_clone(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        Ok(Box::new(Self(self.0.try_clone()?)))
    }

    unsafe fn initialize_with_data(&self, start: usize, data: &[u8]) -> Result<(), Trap> {
        unsafe { self.0.initialize_with_data(start, data) }
    }

    fn copy(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        Ok(Box::new(Self(VMMemory(self.0.copy()?))))
    }

    fn as_shared(&self) -> Result<VMSharedMemory, MemoryError> {
        self.0.as_shared()
    }

    unsafe fn do_wait(
        &mut self,
        dst: u32,
        expected: ExpectedValue,
        timeout: Option<Duration>,
    ) -> Result<u32, WaiterError> {
        unsafe { self.0.do_wait(dst, expected, timeout) }
    }

    fn do_notify(&mut self, dst: u32, count: u32) -> u32 {
        self.0.do_notify(dst, count)
    }

    fn thread_conditions(&self) -> Option<&ThreadConditions> {
        self.0.thread_conditions()
    }
}
