// SPDX-License-Identifier: BSD-3-Clause
// Counter FILE N: N times open, read, add one, write, close; without arguments: HDF5's version.

import hdf.hdf5lib.H5;
import hdf.hdf5lib.HDF5Constants;

public class Counter {
	static void add(String name) throws Exception {
		long file = H5.H5Fopen(name, HDF5Constants.H5F_ACC_RDWR, HDF5Constants.H5P_DEFAULT);
		long data = H5.H5Dopen(file, "counter", HDF5Constants.H5P_DEFAULT);
		int[] number = new int[1];

		H5.H5Dread_int(data, HDF5Constants.H5T_NATIVE_INT, HDF5Constants.H5S_ALL,
			HDF5Constants.H5S_ALL, HDF5Constants.H5P_DEFAULT, number);
		number[0]++;
		H5.H5Dwrite_int(data, HDF5Constants.H5T_NATIVE_INT, HDF5Constants.H5S_ALL,
			HDF5Constants.H5S_ALL, HDF5Constants.H5P_DEFAULT, number);
		H5.H5Dclose(data);
		H5.H5Fclose(file);
	}

	public static void main(String[] args) throws Exception {
		if (args.length == 0) {
			int[] version = new int[3];

			H5.H5get_libversion(version);
			System.out.println(version[0] + "." + version[1] + "." + version[2]);
			return;
		}
		for (int i = 0; i < Integer.parseInt(args[1]); i++)
			add(args[0]);
	}
}
